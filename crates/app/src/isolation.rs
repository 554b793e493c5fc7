//! `freehold isolation`: proves that no tenant reaches another's rows, and shows the matrix of what was tried.

pub mod close;
mod error;
mod judged;
pub mod live;
pub mod mutate;
mod place;
mod ready;
pub(crate) mod together;

use std::{sync::Arc, time::Instant};

use freehold_migrate::Folder;
use freehold_model::finding::Finding;
use freehold_prove::{
    isolation::{self, IsolationError, Matrix},
    rehearsal::Standing,
    step::Step,
};
use freehold_sandbox::Server;

use crate::{
    check::{self, CheckError},
    lint::{Flags, allow::Comments, heard::Heard, select::Selection},
    progress::Progress,
    report::{Report, ReportFinding, ScriptsRead, Sources},
    tenancy::{self, Resolved},
};

pub use error::IsolationRunError;
pub use freehold_prove::isolation::Options;

pub(crate) use judged::{Judged, judged, nothing_to_prove, undecided};
use ready::{Ready, prepared};

/// Why there is nothing to prove where nothing says how tenants are told apart, and what to write.
pub(crate) const NO_TENANCY: &str = "nothing in the schema says how tenants are told apart; write `[tenancy]` in \
    freehold.toml with `root = \"tenants\"` (the table with one row per tenant) and `column = \"tenant_id\"`";

/// What to prove, and how.
#[derive(Debug)]
pub struct Request {
    /// The project, its settings and the server, as for a check. What is only a check's is not looked at.
    pub project: check::Request,
    /// How the proof is done.
    pub options: Options,
}

/// Applies the migrations on a scratch database, finds out how tenants are told apart, and tries every way across. The
/// sources are those of the files that findings may point at.
///
/// # Errors
/// When there is no folder, a script is refused or cannot be read, or no server can be had. That nothing says how
/// tenants are told apart is in the report, as something that was asked for and not verified.
pub async fn run(request: Request) -> Result<(Report, Sources), IsolationRunError> {
    let progress = Arc::clone(&request.project.progress);
    let outcome = Box::pin(proved(request)).await;
    progress.done();
    outcome
}

async fn proved(request: Request) -> Result<(Report, Sources), IsolationRunError> {
    let begun = Instant::now();
    let project = &request.project;
    let Ready { folder, steps, servers, standing, gaps } = prepared(&request).await?;
    let shown = servers.describe();
    let mut report = Report::new("isolation", check::project(project, &folder, shown));
    let found = on(servers.first(), &request, &standing, &steps.ready).await?;
    standing.scratch.remove().await.map_err(CheckError::from)?;
    servers.stop().await?;
    report.not_verified = gaps;
    report.not_verified.extend(found.gaps);
    report.claims = vec![found.claim];
    report.isolation = found.matrix;
    let findings = told(project, &folder, found.findings);
    report.findings = findings.iter().map(ReportFinding::from).collect();
    let scripts = ScriptsRead {
        files: check::files(&folder, &project.project_dir),
        migrations: folder.migrations.len(),
        statements: steps.ready.iter().map(|step| step.up.statements.len()).sum(),
    };
    report.seal_read(&scripts, project.fail_on, begun.elapsed());
    let mut sources = steps.sources;
    report.hide_secrets(&mut sources);
    Ok((report, sources))
}

/// What the proof says of a database to which the folder was applied.
async fn on(
    server: &Server,
    request: &Request,
    standing: &Standing,
    steps: &[Step],
) -> Result<Judged, IsolationRunError> {
    let settings = &request.project.settings;
    let Some(resolved) = tenancy::resolve(&standing.catalog, &standing.roles, settings) else {
        return Ok(nothing_to_prove(NO_TENANCY, true));
    };
    let matrix = matrix(server, standing, &resolved, &request.options, &*request.project.progress).await?;
    Ok(judged(&resolved, &standing.catalog, &matrix, steps, true))
}

/// The matrix of a database to which the folder was applied.
pub(crate) async fn matrix(
    server: &Server,
    standing: &Standing,
    resolved: &Resolved,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Matrix, IsolationError> {
    let begun = std::sync::atomic::AtomicBool::new(false);
    let tell = |_: usize, count: usize, name: &str| {
        if !begun.swap(true, std::sync::atomic::Ordering::Relaxed) {
            progress.phase("Trying the tenant line", u64::try_from(count).ok());
        }
        progress.step(name);
    };
    progress.phase("Making rows for three tenants", None);
    let proof =
        isolation::prove(server, &standing.scratch, &standing.catalog, &resolved.tenancy, options, &tell);
    // The worlds and the trials of all ways are more than the stack of a thread should hold.
    Box::pin(proof).await
}

/// The findings that are told, each with the severity that is wanted for it: not what comments allow.
fn told(project: &check::Request, folder: &Folder, findings: Vec<Finding>) -> Vec<Finding> {
    let flags = Flags::default();
    let selection = Selection::new(&project.settings, &flags, false);
    let mut comments = Comments::read(folder, &project.project_dir, &|_| true);
    let heard = comments.apply(findings.into_iter().map(Heard::from).collect());
    selection.apply(heard).into_iter().map(|heard| heard.finding).collect()
}

/// The ids of all ways, in the order in which they are tried.
pub fn ways() -> impl Iterator<Item = &'static str> {
    isolation::ways::WAYS.iter().map(|way| way.id)
}
