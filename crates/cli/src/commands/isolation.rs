//! `freehold isolation`

mod fix;
mod live;
mod mutate;

use std::{path::PathBuf, time::Duration};

use clap::{Args, builder::NonEmptyStringValueParser};
use freehold_app::{
    ConnectTo, Severity, check,
    explain::excerpt_of,
    isolation::{self, IsolationRunError, Options, Request},
    locate::locate,
    settings::{Measure, Settings},
};

use super::{
    Context,
    check::{ServerArgs, TIMEOUT, time, to},
    reports::{ReportArgs, exit_of},
};
use crate::{exit::Exit, failure::Failure};

/// Prove that no tenant reaches another's rows: every relation by every way
///
/// The migrations are applied on a scratch database, rows of three tenants are made in every table, and every way to
/// reach across is tried as the application: reading, writing, references, contexts, views, functions, roles. Each cell of
/// the matrix is held, leaked (with the SQL that leaked) or not tried (with the reason). No database of yours is touched.
#[derive(Debug, Args)]
pub(crate) struct IsolationArgs {
    /// The project, its folder of migrations, or a file with a whole schema [default: what is found here]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The format of the folder, where detection needs help (such as golang-migrate)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    migrations_format: Option<String>,
    /// Rows of each tenant in each table [default: 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    rows: Option<u64>,
    /// What the rows are made from: the same seed gives the same rows [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Only ways whose name begins so, such as read or write-insert; may be given several times
    #[arg(long, value_name = "PREFIX", value_parser = way)]
    way: Vec<String>,
    /// Show each way in the matrix, not only the families
    #[arg(long)]
    ways: bool,
    /// The role that the application connects as [default: `[tenancy] role`, or what is found]
    #[arg(long, value_name = "ROLE", value_parser = NonEmptyStringValueParser::new())]
    tenant_role: Option<String>,
    /// A pooler in front of a server: two tenants are sent through one server connection of it
    #[arg(long, value_name = "URL")]
    pooler: Option<String>,
    /// Write a migration that closes what leaked, after it was applied, proved again and taken back
    #[arg(long, conflicts_with_all = ["diff", "mutate"])]
    fix: bool,
    /// Print that migration instead of writing it
    #[arg(long, conflicts_with = "mutate")]
    diff: bool,
    /// In the fix, policies without a sub-select, which Citus refuses on distributed tables
    #[arg(long)]
    citus: bool,
    /// Plant faults in a copy of the schema, one at a time, and say which the proof catches
    #[arg(long)]
    mutate: bool,
    /// With --mutate, put the faults to a command of your own; it finds the database in DATABASE_URL
    #[arg(long, value_name = "COMMAND", requires = "mutate", value_parser = NonEmptyStringValueParser::new())]
    run: Option<String>,
    /// The longest time for one statement of a migration, such as 90s or 5m [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    live: live::LiveArgs,
    #[command(flatten)]
    report: ReportArgs,
}

fn way(prefix: &str) -> Result<String, String> {
    let ways: Vec<&str> = isolation::ways().collect();
    if ways.iter().any(|way| way.starts_with(prefix)) {
        return Ok(prefix.to_owned());
    }
    Err(format!("no way begins so; the ways are {}", ways.join(", ")))
}

impl IsolationArgs {
    /// Builds the request, runs it, and writes the reports.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.report.possible(context)?;
        let located = locate(&context.here, self.folder.as_deref());
        let settings = context.settings(&located.project_dir)?;
        if let Some(request) =
            self.live.request(context, &located.project_dir, &settings, self.tenant_role.as_ref())?
        {
            return live::run(context, request, &self.report, self.ways);
        }
        let request =
            self.request(context, &located.project_dir, located.migrations_dir.clone(), settings)?;
        let fail_on = request.project.fail_on;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        if self.fix || self.diff {
            return fix::run(context, &runtime, request, self.citus, self.fix);
        }
        if self.mutate {
            return mutate::run(context, &runtime, request, self.run.as_deref());
        }
        let (report, sources) = runtime.block_on(isolation::run(request)).map_err(|error| {
            let excerpt = match &error {
                IsolationRunError::Project(error) => excerpt_of(error, &located.project_dir),
                _ => None,
            };
            Failure::explained(&error).with_excerpt(excerpt)
        })?;
        self.report.write_with(context, &located.project_dir, &report, &sources, self.ways)?;
        Ok(exit_of(&report, fail_on))
    }

    fn request(
        &self,
        context: &Context<'_>,
        project_dir: &std::path::Path,
        migrations_dir: Option<PathBuf>,
        mut settings: Settings,
    ) -> Result<Request, Failure> {
        if let Some(role) = &self.tenant_role {
            settings.tenancy.role = Some(role.clone());
        }
        let defaults = Options::default();
        let pooler: Option<ConnectTo> = self.pooler.as_deref().map(to).transpose()?;
        let project = check::Request {
            project_dir: project_dir.to_owned(),
            migrations_dir,
            migrations_format: self.migrations_format.clone(),
            server: self.server.given()?,
            allow_production: self.server.allow_production_server,
            snapshot: None,
            pg_major: self.server.pg_major.or(settings.sandbox.pg_major),
            search: context.environment.search(self.server.pg_bin.clone()),
            cache_dir: context.environment.cache_dir(),
            timeout: self.timeout.or(settings.check.timeout).unwrap_or(TIMEOUT),
            measure: Measure::None,
            repeat: false,
            isolation: true,
            fail_on: Severity::Error,
            progress: context.printer.progress(),
            settings,
        };
        let options = Options {
            rows: self.rows.unwrap_or(defaults.rows),
            seed: self.seed.unwrap_or(defaults.seed),
            ways: self.way.clone(),
            pooler,
            ..defaults
        };
        Ok(Request { project, options })
    }
}
