//! `freehold isolation --url URL --live`

use std::path::Path;

use clap::Args;
use freehold_app::{
    Severity,
    isolation::live::{self, Request},
    settings::Settings,
};

use crate::{
    commands::{
        Context,
        check::to,
        reports::{ReportArgs, exit_of},
    },
    exit::Exit,
    failure::Failure,
};

/// A database in use.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live")]
pub(super) struct LiveArgs {
    /// The database to try instead of the migrations; with --live
    #[arg(long, value_name = "URL", requires = "live")]
    url: Option<String>,
    /// Yes, a database in use: read-only, with the rows that are there, of which none is shown
    #[arg(long, requires = "url", conflicts_with_all = ["fix", "diff", "mutate", "server", "pooler", "rows", "seed", "way"])]
    live: bool,
    /// Try changes there too, each in a transaction that is rolled back
    #[arg(long, requires = "live")]
    allow_writes_rolled_back: bool,
    /// Also on tables with triggers, whatever these do outside of the database
    #[arg(long, requires = "allow_writes_rolled_back")]
    allow_triggers: bool,
}

impl LiveArgs {
    /// What is asked for, if a database in use is meant.
    pub(super) fn request(
        &self,
        context: &Context<'_>,
        project_dir: &Path,
        settings: &Settings,
        role: Option<&String>,
    ) -> Result<Option<Request>, Failure> {
        let Some(url) = self.url.as_deref().filter(|_| self.live) else { return Ok(None) };
        let mut settings = settings.clone();
        if let Some(role) = role {
            settings.tenancy.role = Some(role.clone());
        }
        Ok(Some(Request {
            project_dir: project_dir.to_owned(),
            settings,
            to: to(url)?,
            writes: self.allow_writes_rolled_back,
            triggers: self.allow_triggers,
            progress: context.printer.progress(),
        }))
    }
}

/// Tries it and writes the reports.
pub(super) fn run(
    context: &Context<'_>,
    request: Request,
    report: &ReportArgs,
    ways: bool,
) -> Result<Exit, Failure> {
    let project_dir = request.project_dir.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::from_error(&error))?;
    let (found, sources) =
        runtime.block_on(live::run(request)).map_err(|error| Failure::explained(&error))?;
    report.write_with(context, &project_dir, &found, &sources, ways)?;
    Ok(exit_of(&found, Severity::Error))
}
