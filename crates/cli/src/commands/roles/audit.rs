//! `freehold roles audit`

use std::path::PathBuf;

use clap::Args;
use freehold_app::{
    ConnectTo, Severity,
    locate::{Located, around, locate},
    roles::{AuditRequest, Place, ProjectPlace, audit},
};

use super::HierarchyArgs;
use crate::{
    commands::{
        Context,
        check::{FailOn, major},
        reports::{ReportArgs, exit_of},
    },
    exit::Exit,
    failure::Failure,
};

/// Say what the application's roles may do that they should not
///
/// Looks at the database of --url over a session that cannot write; without it, at what the project's migrations give
/// on a scratch database. Passwords are not read.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// The project, or its folder of migrations [default: what is found here]
    #[arg(value_name = "DIR", conflicts_with = "url")]
    folder: Option<PathBuf>,
    /// The folder of migrations, where it must not be guessed
    #[arg(long, value_name = "DIR", conflicts_with_all = ["folder", "url"])]
    dir: Option<PathBuf>,
    /// A live database
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// A role of the application, besides the groups and their members; may be given several times
    #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
    named: Vec<String>,
    #[command(flatten)]
    hierarchy: HierarchyArgs,
    /// The lowest severity that makes the run fail [default: error]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Try the migrations on the newest installed server of this major version
    #[arg(long, value_name = "N", value_parser = major(), conflicts_with = "url")]
    pg_major: Option<u32>,
    /// The folder of PostgreSQL's programs (also: FREEHOLD_PG_BIN)
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pg_bin: Option<PathBuf>,
    #[command(flatten)]
    report: ReportArgs,
}

impl AuditArgs {
    /// Looks, and writes the report.
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.report.possible(context)?;
        let located = match &self.dir {
            Some(dir) => {
                let dir = context.here.join(dir);
                Located { project_dir: around(&context.here, &dir), migrations_dir: Some(dir) }
            }
            None => locate(&context.here, self.folder.as_deref()),
        };
        let settings = context.settings(&located.project_dir)?;
        let fail_on = self.fail_on.map(Severity::from).or(settings.check.fail_on).unwrap_or(Severity::Error);
        let place = match &self.url {
            Some(url) => Place::Live(ConnectTo::from_url(url).map_err(|error| {
                let help = error.help().to_owned();
                Failure::from_error(&error).helped(help)
            })?),
            None => Place::Project(ProjectPlace {
                migrations_dir: located.migrations_dir.clone(),
                search: context.environment.search(self.pg_bin.clone()),
                pg_major: self.pg_major,
                cache_dir: context.environment.cache_dir(),
            }),
        };
        let request = AuditRequest {
            project_dir: located.project_dir.clone(),
            settings,
            hierarchy: self.hierarchy.hierarchy(false)?,
            named: self.named,
            place,
            fail_on,
            progress: context.printer.progress(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        let (report, sources) =
            runtime.block_on(audit(request)).map_err(|error| Failure::explained(&error))?;
        self.report.write(context, &located.project_dir, &report, &sources)?;
        Ok(exit_of(&report, fail_on))
    }
}
