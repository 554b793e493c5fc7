//! `freehold lint`

mod fixes;

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, builder::NonEmptyStringValueParser};
use freehold_app::{
    ConnectTo, Severity,
    lint::{self, Flags, PROBE_TIMEOUT, Source, snapshot::Snapshot},
    locate::{Located, around, locate},
    rules::{ALL, Which, which},
    settings::{RuleLevel, Settings, level},
};

use super::{
    Context,
    check::{FailOn, major, time},
    reports::{ReportArgs, exit_of},
};
use crate::{exit::Exit, failure::Failure, git::changed_since, rule_names::RuleNames};

/// What standard input is called in reports.
const STDIN: &str = "<stdin>";

/// Ask the rules about migrations: locks, rewrites, lost data, broken code, tenants
///
/// The text of all migrations is read in order, so that a rule knows what each of them meets. Nothing is executed but the
/// SQL of the fixes that are shown, and that on a private server. `freehold check` asks the same rules with what a
/// rehearsal has seen.
#[derive(Debug, Args)]
pub(crate) struct LintArgs {
    /// The project, its folder of migrations, files of it, or - for standard input [default: what is found here]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The folder of migrations, where it must not be guessed
    #[arg(long, value_name = "DIR", conflicts_with = "paths")]
    dir: Option<PathBuf>,
    /// The format of the folder, where detection needs help (such as golang-migrate)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    migrations_format: Option<String>,
    /// Look at this live database, too, without writing: its catalog, sizes and queries
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// With --url: ask whether rows break what scripts that are not applied there demand of them; values are not shown
    #[arg(long, requires = "url")]
    probe_data: bool,
    /// With --probe-data: the longest that one question may take [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = time, requires = "probe_data")]
    probe_timeout: Option<Duration>,
    /// Look at what such a database showed earlier: a file of `freehold snapshot`
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    snapshot: Option<PathBuf>,
    /// The lowest severity that makes the run fail [default: error]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    fix: FixArgs,
    #[command(flatten)]
    server: TryArgs,
    #[command(flatten)]
    report: ReportArgs,
}

/// Which rules look.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rules")]
struct RuleArgs {
    /// Only these: ids, codes or categories, separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = RuleNames, hide_possible_values = true)]
    select: Vec<Which>,
    /// All but these
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = RuleNames, hide_possible_values = true)]
    ignore: Vec<Which>,
    /// Another level for a rule or a category: off, note, warning or error; may be given several times
    #[arg(long, value_name = "RULE=LEVEL", value_parser = one_level)]
    level: Vec<(Which, RuleLevel)>,
}

/// Which migrations are judged; the others are only followed.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is judged")]
struct ScopeArgs {
    /// Only files that are new or changed since this commit; they count as one deployment
    #[arg(long, value_name = "GIT-REF")]
    since: Option<String>,
    /// Only what comes after this version
    #[arg(long, value_name = "VERSION")]
    start_after: Option<String>,
    /// Do not tell what this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what is found to the baseline [default: freehold-baseline.json]
    #[arg(long)]
    write_baseline: bool,
}

/// Changing the files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fixes")]
struct FixArgs {
    /// Change the files: the fixes that keep the meaning, rehearsed before anything is written
    #[arg(long, conflicts_with = "diff")]
    fix: bool,
    /// Show what --fix would change as a diff, and change nothing; ends with 1 when there is something
    #[arg(long)]
    diff: bool,
    /// With --fix or --diff: every migration, also those that may have been applied
    #[arg(long)]
    all: bool,
}

/// The private server that fixes are tried on.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fixes")]
struct TryArgs {
    /// Do not try the SQL of fixes; none is shown then
    #[arg(long)]
    no_try: bool,
    /// Try it on the newest installed server of this major version
    #[arg(long, value_name = "N", value_parser = major())]
    pg_major: Option<u32>,
    /// The folder of PostgreSQL's programs (also: FREEHOLD_PG_BIN)
    #[arg(long, value_name = "DIR")]
    pg_bin: Option<PathBuf>,
}

fn one_level(text: &str) -> Result<(Which, RuleLevel), String> {
    let (rule, word) = text.split_once('=').ok_or("expected RULE=LEVEL, such as column-dropped=warning")?;
    let found = which(&ALL, rule).map_err(|error| format!("{error}; {}", error.help()))?;
    let level =
        level(word).ok_or_else(|| format!("the level is off, note, warning or error, not `{word}`"))?;
    Ok((found, level))
}

impl LintArgs {
    /// Builds the request, runs it, and writes the reports.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.report.possible(context)?;
        let (located, source) = self.located(context)?;
        let settings = context.settings(&located.project_dir)?;
        let request = self.request(context, &located, source, settings)?;
        let fail_on = request.fail_on;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        if self.fix.diff {
            return fixes::shown(context, &runtime, &request, self.fix.all);
        }
        if self.fix.fix {
            fixes::written(context, &runtime, &request, self.fix.all)?;
        }
        let run = runtime.block_on(lint::run(request)).map_err(|error| Failure::explained(&error))?;
        if let Some((path, baseline)) = &run.baseline {
            baseline.write(path).map_err(|error| Failure::from_error(&error).helped(error.help()))?;
            let shown = path.strip_prefix(&context.here).unwrap_or(path).display();
            let noun = if baseline.len() == 1 { "finding" } else { "findings" };
            context.printer.remark(&format!("baseline: {shown} knows {} {noun}", baseline.len()));
        }
        self.report.write(context, &located.project_dir, &run.report, &run.sources)?;
        Ok(exit_of(&run.report, fail_on))
    }

    /// The project, and what of it is linted.
    fn located(&self, context: &Context<'_>) -> Result<(Located, Source), Failure> {
        let here = &context.here;
        let in_folder = |located: Located| {
            let source = Source::Folder(located.migrations_dir.clone());
            (located, source)
        };
        if let Some(dir) = &self.dir {
            let dir = here.join(dir);
            return Ok(in_folder(Located { project_dir: around(here, &dir), migrations_dir: Some(dir) }));
        }
        match self.paths.as_slice() {
            [] => Ok(in_folder(locate(here, None))),
            [only] if only.as_os_str() == "-" => {
                let source = Source::Text { name: PathBuf::from(STDIN), text: standard_input()? };
                Ok((locate(here, None), source))
            }
            [only] if !here.join(only).is_file() => Ok(in_folder(locate(here, Some(only)))),
            files => {
                let files = files.iter().map(|file| whole_path(here, file)).collect::<Result<Vec<_>, _>>()?;
                let first = files.first().map_or(here.as_path(), PathBuf::as_path);
                let project_dir = around(here, first);
                Ok((Located { project_dir, migrations_dir: None }, Source::Files(files)))
            }
        }
    }

    fn request(
        &self,
        context: &Context<'_>,
        located: &Located,
        source: Source,
        settings: Settings,
    ) -> Result<lint::Request, Failure> {
        let live = self.url.as_deref().map(ConnectTo::from_url).transpose().map_err(|error| {
            let help = error.help().to_owned();
            Failure::from_error(&error).helped(help)
        })?;
        let snapshot = self.snapshot.as_ref().map(|file| Snapshot::read(&context.here.join(file)));
        let snapshot = snapshot.transpose().map_err(|error| Failure::explained(&error))?;
        let since = self.scope.since.as_deref();
        let since = since.map(|reference| changed_since(&located.project_dir, reference)).transpose()?;
        let fail_on = self.fail_on.map(Severity::from).or(settings.check.fail_on).unwrap_or(Severity::Error);
        Ok(lint::Request {
            project_dir: located.project_dir.clone(),
            source,
            migrations_format: self.migrations_format.clone(),
            flags: Flags {
                select: self.rules.select.clone(),
                ignore: self.rules.ignore.clone(),
                levels: self.rules.level.clone(),
            },
            since,
            start_after: self.scope.start_after.clone(),
            baseline: self.scope.baseline.as_ref().map(|file| context.here.join(file)),
            write_baseline: self.scope.write_baseline,
            live,
            probe: self.probe_data.then(|| self.probe_timeout.unwrap_or(PROBE_TIMEOUT)),
            snapshot,
            try_fixes: !self.server.no_try,
            search: context.environment.search(self.server.pg_bin.clone()),
            pg_major: self.server.pg_major,
            cache_dir: context.environment.cache_dir(),
            fail_on,
            progress: context.printer.progress(),
            settings,
        })
    }
}

/// A file that was named with others.
fn whole_path(here: &Path, file: &Path) -> Result<PathBuf, Failure> {
    let path = here.join(file);
    if path.is_file() {
        return Ok(path);
    }
    let said = if file.as_os_str() == "-" {
        "standard input cannot be read together with files".to_owned()
    } else if path.is_dir() {
        format!("{} is a folder; name one folder, or files", file.display())
    } else {
        format!("{} does not exist", file.display())
    };
    Err(Failure::new(said, None))
}

fn standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Failure::from_error(&error).of("standard input could not be read"))?;
    let help = "pass it on as UTF-8".to_owned();
    String::from_utf8(bytes).map_err(|_| Failure::new("standard input is not UTF-8 text", Some(help)))
}
