//! `freehold isolation --mutate`: how many planted faults the proof catches, or a team's own tests.

use std::sync::Arc;

use freehold_prove::isolation::{
    IsolationError,
    mutate::{self, by_tests},
};
use freehold_sandbox::{Server, run_command};

pub use freehold_prove::isolation::mutate::{Fate, Judged};

use super::{IsolationRunError, Request, prepared};
use crate::tenancy;

/// Plants every fault in turn and says which the proof caught; with a command, which that caught instead. It is run in
/// the project's folder, with the URL of a database that has the fault and no rows in `DATABASE_URL`.
///
/// # Errors
/// As for [`super::run`]; and when the command fails on the schema as it is.
pub async fn mutate(request: Request, command: Option<&str>) -> Result<Judged, IsolationRunError> {
    let progress = Arc::clone(&request.project.progress);
    let outcome = judged(&request, command).await;
    progress.done();
    outcome
}

async fn judged(request: &Request, command: Option<&str>) -> Result<Judged, IsolationRunError> {
    let ready = prepared(request).await?;
    let progress = &request.project.progress;
    let resolved =
        tenancy::resolve(&ready.standing.catalog, &ready.standing.roles, &request.project.settings)
            .ok_or(IsolationRunError::NoTenancy)?;
    let begun = std::sync::atomic::AtomicBool::new(false);
    let tell = |_: usize, count: usize, name: &str| {
        if !begun.swap(true, std::sync::atomic::Ordering::Relaxed) {
            progress.phase("Planting faults", u64::try_from(count).ok());
        }
        progress.step(name);
    };
    let (server, standing) = (ready.servers.first(), &ready.standing);
    let (scratch, catalog, tenancy) = (&standing.scratch, &standing.catalog, &resolved.tenancy);
    let judged = match command {
        None => mutate::judge(server, scratch, catalog, tenancy, &request.options, &tell).await,
        // Its URL holds a password, which a command must not be given in its environment.
        Some(_) if matches!(server, Server::Given(_)) => return Err(IsolationRunError::TestsNeedSandbox),
        Some(command) => {
            let tests = tests(command, &request.project.project_dir);
            by_tests::judge(server, scratch, catalog, tenancy, &*tests, &tell).await
        }
    };
    ready.standing.scratch.remove().await?;
    ready.servers.stop().await?;
    Ok(judged?)
}

fn tests<'a>(command: &'a str, folder: &'a std::path::Path) -> Box<by_tests::Tests<'a>> {
    Box::new(move |database| {
        Box::pin(async move {
            let outcome = run_command(command, folder, &database).await.map_err(IsolationError::Tests)?;
            Ok(if outcome.success {
                by_tests::Verdict::Passed
            } else {
                by_tests::Verdict::Failed(outcome.said)
            })
        })
    })
}
