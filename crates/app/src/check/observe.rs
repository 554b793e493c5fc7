//! Applying the folder once with eyes open, and once more from nothing, where the tenant line is tried.

use std::sync::Arc;

use freehold_model::catalog::{Catalog, Difference};
use freehold_prove::{
    rehearsal::{self, Options, Rehearsal, RepeatRefused},
    step::Step,
};
use freehold_sandbox::Server;

use super::{CheckError, Request, line, servers::Servers};
use crate::{
    isolation::Judged,
    progress::{Progress, Silent},
    report::NotVerified,
};

/// What was seen of a folder.
pub(super) struct Observed {
    pub(super) servers: Servers,
    pub(super) rehearsal: Rehearsal,
    /// How the schema of a second application differs.
    pub(super) repeated: Option<Result<Vec<Difference>, RepeatRefused>>,
    /// What the tenant line came to, or why it was not tried.
    pub(super) line: Result<Judged, NotVerified>,
}

/// The rehearsal and, beside it or after it, the second application of the folder, on which the tenant line is tried. On
/// errors the servers are stopped by their own end.
pub(super) async fn observe(
    request: &Request,
    servers: Servers,
    steps: &[Step],
    options: &Options,
) -> Result<Observed, CheckError> {
    let progress = &request.progress;
    progress.phase("Rehearsing", Some(steps.len() as u64));
    let tell = |_: usize, step: &Step| progress.step(&step.label());
    let (servers, rehearsal, second, line) = match servers.second() {
        Some(second) => {
            let (rehearsal, second) = futures_util::future::join(
                rehearsal::rehearse(servers.first(), steps, options, &tell),
                Box::pin(again(request, second, steps, options, &Silent)),
            )
            .await;
            let (rehearsal, (second, line)) = (rehearsal?, second?);
            (servers, rehearsal, Some(second), line)
        }
        None => {
            let rehearsal = rehearsal::rehearse(servers.first(), steps, options, &tell).await?;
            let settled = line::settled(request, &rehearsal);
            if rehearsal.stopped_at.is_some() || (!request.repeat && settled.is_some()) {
                let line = settled.unwrap_or_else(|| Ok(line::refused()));
                (servers, rehearsal, None, line)
            } else {
                let servers = servers.renewed(request).await?;
                progress.phase("Applying a second time", None);
                let (second, line) =
                    Box::pin(again(request, servers.first(), steps, options, &**progress)).await?;
                (servers, rehearsal, Some(second).filter(|_| request.repeat), line)
            }
        }
    };
    // When the first run was refused, the second ends at the same place; that is told once.
    let second = second.filter(|_| rehearsal.stopped_at.is_none());
    let repeated = second.map(|outcome| outcome.map(|catalog| rehearsal.catalog.differences(&catalog)));
    Ok(Observed { servers, rehearsal, repeated, line })
}

type Again = (Result<Arc<Catalog>, RepeatRefused>, Result<Judged, NotVerified>);

/// The second application of the folder, and the tenant line of what it leads to.
async fn again(
    request: &Request,
    server: &Server,
    steps: &[Step],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Again, CheckError> {
    let standing = match rehearsal::standing(server, steps, options).await? {
        Ok(standing) => standing,
        Err(refused) => return Ok((Err(refused), line::wanted(request).map(|()| line::refused()))),
    };
    let line = match line::wanted(request) {
        Ok(()) => Ok(Box::pin(line::tried(request, server, &standing, steps, progress)).await),
        Err(gap) => Err(gap),
    };
    standing.scratch.remove().await?;
    Ok((Ok(standing.catalog), line))
}
