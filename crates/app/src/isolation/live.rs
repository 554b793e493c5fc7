//! The tenant line of a database in use: read-only, with the rows that are there, of which no value is shown.

use std::{path::PathBuf, sync::Arc, time::Instant};

use freehold_db::{
    ConnectTo, Session,
    catalog::{CatalogReader, read_roles},
};
use freehold_prove::isolation::{self, LiveOptions};

use super::{IsolationRunError, Judged, NO_TENANCY, judged, nothing_to_prove};
use crate::{
    lint::{Flags, heard::Heard, live, select::Selection},
    progress::Progress,
    report::{NotVerified, Project, Report, ReportFinding, ScriptsRead, Sources},
    settings::Settings,
    tenancy,
};

/// What to try, and how.
#[derive(Debug)]
pub struct Request {
    /// The project's folder.
    pub project_dir: PathBuf,
    /// What `freehold.toml` says.
    pub settings: Settings,
    /// The database. The role that connects must see all rows.
    pub to: ConnectTo,
    /// Changes are tried too, each in a transaction that is rolled back.
    pub writes: bool,
    /// Also on tables with triggers.
    pub triggers: bool,
    /// Told what is being done.
    pub progress: Arc<dyn Progress>,
}

/// Tries the tenant line of the database.
///
/// # Errors
/// When it cannot be connected to, or the role that connects may not see or become what it must.
pub async fn run(request: Request) -> Result<(Report, Sources), IsolationRunError> {
    let progress = Arc::clone(&request.progress);
    let outcome = tried(request).await;
    progress.done();
    outcome
}

async fn tried(request: Request) -> Result<(Report, Sources), IsolationRunError> {
    let begun = Instant::now();
    let broken = |error| IsolationRunError::Live(Box::new(error));
    request.progress.phase("Reading the catalog", None);
    // Without leave to write the server itself refuses it.
    let session = live::open(&request.to).await.map_err(broken)?;
    let catalog = CatalogReader::new().read(&session).await.map_err(broken)?;
    let roles = read_roles(&session).await.map_err(broken)?;
    let server = format!("PostgreSQL {}, {}", session.version(), request.to.masked());
    let project = Project {
        dir: request.project_dir.display().to_string(),
        migrations_dir: None,
        format: None,
        server: Some(server),
    };
    let mut report = Report::new("isolation", project);
    let found = match tenancy::resolve(&catalog, &roles, &request.settings) {
        None => nothing_to_prove(NO_TENANCY, true),
        Some(resolved) => {
            let options = LiveOptions {
                statement_limit_ms: 10_000,
                writes: request.writes,
                triggers: request.triggers,
            };
            let tell = |number: usize, count: usize, name: &str| {
                if number == 0 {
                    request.progress.phase("Trying the tenant line", u64::try_from(count).ok());
                }
                request.progress.step(name);
            };
            let matrix = isolation::live(&session, &catalog, &resolved.tenancy, &options, &tell).await?;
            judged(&resolved, &catalog, &matrix, &[], true)
        }
    };
    Session::close(session).await;
    fill(&mut report, &request, found);
    report.seal_read(&ScriptsRead::default(), freehold_model::finding::Severity::Error, begun.elapsed());
    Ok((report, Sources::new()))
}

fn fill(report: &mut Report, request: &Request, found: Judged) {
    report.not_verified = found.gaps;
    report.not_verified.push(NotVerified::for_completeness(
        "references, views without a tenant column, functions, and most ways of reading",
        "they need rows made for the purpose: `freehold isolation` on the migrations tries them",
    ));
    if !request.writes {
        report.not_verified.push(NotVerified::for_completeness(
            "changes of another tenant's rows",
            "a live database is only read; `--allow-writes-rolled-back` tries them in transactions that are rolled back",
        ));
    }
    report.claims = vec![found.claim];
    report.isolation = found.matrix;
    let flags = Flags::default();
    let selection = Selection::new(&request.settings, &flags, true);
    let heard = selection.apply(found.findings.into_iter().map(Heard::from).collect());
    report.findings = heard.iter().map(|heard| ReportFinding::from(&heard.finding)).collect();
}
