//! `freehold check`

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use freehold_app::{
    ConnectTo, Severity, check,
    explain::excerpt_of,
    lint::snapshot::Snapshot,
    locate::{Located, around, locate},
    record::{self, Written},
    settings::{Measure, Settings, duration},
};

use super::{
    Context,
    reports::{ReportArgs, exit_of},
};
use crate::{exit::Exit, failure::Failure};

/// What one statement may take unless something else is said.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How many of the newest migrations are measured unless something else is said.
const MEASURED: Measure = Measure::Newest(10);

/// Rehearse a folder of migrations: locks, rewrites, growth, there and back
///
/// Every migration is applied, taken back and applied again on a scratch database, while its locks, rewrites and scans
/// are observed. No database of yours is read or written. What was seen is kept beside the migrations, in
/// .freehold-rehearsal.json, for `freehold migrate` to look at: commit it with them.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The project, or its folder of migrations [default: what is found here]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The folder of migrations, where it must not be guessed
    #[arg(long, value_name = "DIR", conflicts_with = "folder")]
    dir: Option<PathBuf>,
    /// The format of the folder, where detection needs help (such as golang-migrate)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    migrations_format: Option<String>,
    /// What production showed: a file of `freehold snapshot`, for its sizes and queries
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// The lowest severity that makes the run fail [default: error]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Measure how the cost grows with the rows: all, none, or the newest N migrations [default: 10]
    #[arg(long, value_name = "all|none|N")]
    measure: Option<Measure>,
    /// The longest time for one statement, such as 90s or 5m; a bare number counts seconds [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
    /// Do not apply the folder a second time to see that the same schema comes out
    #[arg(long)]
    no_repeat: bool,
    /// Leave no record of the rehearsal beside the migrations
    #[arg(long)]
    no_record: bool,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    report: ReportArgs,
}

/// Which server the migrations are rehearsed on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Server")]
struct ServerArgs {
    /// Rehearse on the newest installed server of this major version
    #[arg(long, value_name = "N", value_parser = major())]
    pg_major: Option<u32>,
    /// The folder of PostgreSQL's programs (also: FREEHOLD_PG_BIN)
    #[arg(long, value_name = "DIR")]
    pg_bin: Option<PathBuf>,
    /// Make scratch databases on this development server instead of a private one
    #[arg(long, value_name = "URL", conflicts_with_all = ["pg_major", "pg_bin"])]
    server: Option<String>,
    /// Take that server even if its databases look like production
    #[arg(long, requires = "server")]
    allow_production_server: bool,
}

/// The lowest severity that makes a run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Note,
    Warning,
    Error,
}

impl From<FailOn> for Severity {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Note => Self::Note,
            FailOn::Warning => Self::Warning,
            FailOn::Error => Self::Error,
        }
    }
}

pub(super) fn time(text: &str) -> Result<Duration, String> {
    duration(text)
        .ok_or_else(|| "expected a time above zero, such as 90s, 5m or a number of seconds".to_owned())
}

/// The major versions that are served.
pub(super) fn major() -> clap::builder::RangedU64ValueParser<u32> {
    use freehold_model::version::{NEWEST_MAJOR, OLDEST_MAJOR};
    clap::builder::RangedU64ValueParser::new().range(u64::from(OLDEST_MAJOR)..=u64::from(NEWEST_MAJOR))
}

/// Leaves the record beside the migrations. Where that cannot be done the check is not the worse for it: a remark says so.
fn leave(context: &Context<'_>, kept: &check::Kept) {
    let path = kept.dir.join(record::FILE_NAME);
    let shown = path.strip_prefix(&context.here).unwrap_or(&path).display();
    let remark = match record::write(&kept.dir, &kept.record) {
        Ok(Written::Same) => return,
        Ok(Written::New) => format!("rehearsal record: {shown} (commit it with the migrations)"),
        Ok(Written::Changed) => format!("rehearsal record: {shown} (changed)"),
        Err(error) => {
            let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
            let told: Vec<String> = causes.map(ToString::to_string).collect();
            format!("remark: {}; {}", told.join(": "), error.help())
        }
    };
    context.printer.remark(&remark);
}

impl CheckArgs {
    /// Builds the request, runs it, and writes the reports.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.report.possible(context)?;
        let located = self.located(context);
        let settings = context.settings(&located.project_dir)?;
        let request = self.request(context, &located, settings)?;
        let fail_on = request.fail_on;
        let keep = !self.no_record && request.settings.check.record.unwrap_or(true);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        let checked = runtime.block_on(check::recorded(request)).map_err(|error| {
            let excerpt = excerpt_of(&error, &located.project_dir);
            Failure::explained(&error).with_excerpt(excerpt)
        })?;
        self.report.write(context, &located.project_dir, &checked.report, &checked.sources)?;
        if let Some(kept) = checked.kept.filter(|_| keep) {
            leave(context, &kept);
        }
        Ok(exit_of(&checked.report, fail_on))
    }

    fn located(&self, context: &Context<'_>) -> Located {
        match &self.dir {
            Some(dir) => {
                let dir = context.here.join(dir);
                Located { project_dir: around(&context.here, &dir), migrations_dir: Some(dir) }
            }
            None => locate(&context.here, self.folder.as_deref()),
        }
    }

    fn request(
        &self,
        context: &Context<'_>,
        located: &Located,
        settings: Settings,
    ) -> Result<check::Request, Failure> {
        let server = self.server.server.as_deref().map(ConnectTo::from_url).transpose().map_err(|error| {
            let help = error.help().to_owned();
            Failure::from_error(&error).helped(help)
        })?;
        let snapshot = self.snapshot.as_ref().map(|file| Snapshot::read(&context.here.join(file)));
        let snapshot = snapshot.transpose().map_err(|error| Failure::explained(&error))?;
        let asked = settings.check.clone();
        Ok(check::Request {
            project_dir: located.project_dir.clone(),
            migrations_dir: located.migrations_dir.clone(),
            migrations_format: self.migrations_format.clone(),
            server,
            allow_production: self.server.allow_production_server,
            snapshot,
            pg_major: self.server.pg_major.or(settings.sandbox.pg_major),
            search: context.environment.search(self.server.pg_bin.clone()),
            cache_dir: context.environment.cache_dir(),
            timeout: self.timeout.or(asked.timeout).unwrap_or(TIMEOUT),
            measure: self.measure.or(asked.measure).unwrap_or(MEASURED),
            repeat: !self.no_repeat,
            fail_on: self.fail_on.map(Severity::from).or(asked.fail_on).unwrap_or(Severity::Error),
            progress: context.printer.progress(),
            settings,
        })
    }
}
