//! `freehold check`: rehearses a migrations folder and reports what was proven.

mod claims;
mod error;
mod kept;
mod line;
mod observe;
mod record;
mod said;
mod servers;
mod steps;
mod told;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_db::ConnectTo;
use freehold_migrate::Folder;
use freehold_model::finding::{Finding, Severity};
use freehold_prove::{
    proofs::{self, Case, Volumes},
    rehearsal::{self, Options, Rehearsal},
    step::Step,
};

use crate::{
    lint::{self, merge, scope::Scope, snapshot::Snapshot},
    prelude::Preludes,
    progress::Progress,
    record::Record,
    report::{NotVerified, Project, Report, ReportFinding, Sources, slashed},
    settings::{Measure, Settings},
};
pub use error::CheckError;
use observe::{Observed, observe};
pub(crate) use servers::Servers;
pub(crate) use steps::Steps;

/// What to check, and how.
#[derive(Debug)]
pub struct Request {
    /// The project's folder.
    pub project_dir: PathBuf,
    /// What `freehold.toml` says.
    pub settings: Settings,
    /// The folder of migrations; detected when neither this nor the settings name it.
    pub migrations_dir: Option<PathBuf>,
    /// The format of the folder; detected when neither this nor the settings name it.
    pub migrations_format: Option<String>,
    /// A development server to make scratch databases on, instead of a private sandbox.
    pub server: Option<ConnectTo>,
    /// Take that server even if it looks like production.
    pub allow_production: bool,
    /// The major version of the sandbox; the newest found otherwise.
    pub pg_major: Option<u32>,
    /// What production showed: sizes and queries. The schema is the rehearsal's.
    pub snapshot: Option<Snapshot>,
    /// Where to look for PostgreSQL's programs.
    pub search: freehold_sandbox::Search,
    /// Where templates are kept between runs; a default place otherwise.
    pub cache_dir: Option<PathBuf>,
    /// The longest that one statement may take.
    pub timeout: Duration,
    /// For which migrations the growth of the cost is measured.
    pub measure: Measure,
    /// Whether the folder is applied a second time to see that the same schema comes out.
    pub repeat: bool,
    /// Whether the tenant line is tried on the last state, where policies are meant to hold it.
    pub isolation: bool,
    /// The severity from which on findings make the run fail.
    pub fail_on: Severity,
    /// Told what is being done.
    pub progress: Arc<dyn Progress>,
}

/// Runs the check. The sources are those of the files that findings may point at.
///
/// # Errors
/// When there is nothing to check, a file cannot be read, no server can be had, or a script stops the rehearsal. What is
/// wrong with the migrations themselves is in the report.
pub async fn run(request: Request) -> Result<(Report, Sources), CheckError> {
    recorded(request).await.map(|checked| (checked.report, checked.sources))
}

/// What a check gives to those who keep a record of it.
#[derive(Debug)]
pub struct Checked {
    /// What was found.
    pub report: Report,
    /// The files that findings may point at.
    pub sources: Sources,
    /// What is to be kept; `None` for one file with a whole schema.
    pub kept: Option<Kept>,
}

/// A record that is to be kept. Nothing was written yet: see [`crate::record::write`].
#[derive(Debug)]
pub struct Kept {
    /// The folder of migrations that it belongs in.
    pub dir: PathBuf,
    /// The record.
    pub record: Record,
}

/// Runs the check, and says what of it is to be kept beside the migrations.
///
/// # Errors
/// As for [`run`]: a rehearsal that could not be run leaves no record.
pub async fn recorded(request: Request) -> Result<Checked, CheckError> {
    let progress = Arc::clone(&request.progress);
    // The states of all that goes on in it would fill the stack of a thread.
    let outcome = Box::pin(check(request)).await;
    progress.done();
    outcome
}

async fn check(request: Request) -> Result<Checked, CheckError> {
    let begun = Instant::now();
    let dir = migrations_dir(&request)?;
    let format = request.migrations_format.clone().or_else(|| request.settings.migrations.format.clone());
    let folder = freehold_migrate::read(&dir, format.as_deref())?;
    let scope = Scope::of(&folder, request.settings.lint.start_after.as_deref(), None).map_err(Box::new)?;
    let steps = Steps::read(&folder, &request.project_dir);
    let preludes = preludes(&request.settings, &request.project_dir, &folder)?;
    let options = options(&request, preludes.scripts);
    let servers = Servers::start(&request).await?;
    let (server, major) = (servers.describe(), servers.major());
    let Observed { servers, rehearsal, repeated, line } =
        observe(&request, servers, &steps.ready, &options).await?;
    let said =
        said::said(&request, &folder, &scope, &steps.ready, &rehearsal, servers.first(), &options).await;
    servers.stop().await?;
    let said = said?;

    let mut report = Report::new("check", project(&request, &folder, server));
    let findings = |volumes: &Volumes| {
        let mut findings = steps.findings.clone();
        findings.extend(judge(volumes, &steps.ready, &rehearsal));
        if let Some(repeated) = &repeated {
            findings.extend(proofs::not_repeatable_findings(&steps.ready, &rehearsal.steps, repeated));
        }
        findings
    };
    // What a number of rows makes of a finding was measured, here and today: the record must not change with it.
    let lasting = request.settings.leveled(findings(&Volumes::default()));
    let record = kept::record(&folder, &steps.ready, &rehearsal, &lasting, major);
    let kept = record.map(|record| Kept { dir: dir.clone(), record });
    let mut findings = merge::merged(findings(&volumes(&request)), said.findings);
    report.claims = claims::claims(&steps.ready, &rehearsal, repeated.as_ref());
    let mut line_gaps = Vec::new();
    match line {
        Ok(line) => {
            findings.extend(line.findings);
            report.claims.push(line.claim);
            report.isolation = line.matrix;
            line_gaps = line.gaps;
        }
        Err(gap) => line_gaps.push(gap),
    }
    let findings = told::told(&request, &folder, &scope, &steps.sources, findings, &said.relations)?;
    report.migrations = record::migrations(&folder, &steps.ready, &rehearsal);
    report.not_verified = steps.not_verified;
    report.not_verified.extend(gaps(&request, &steps.ready, &rehearsal));
    report.not_verified.extend(preludes.gaps);
    report.not_verified.extend(preludes.suggestion.filter(|_| rehearsal.stopped_at.is_some()));
    report.not_verified.extend(said.gaps);
    report.not_verified.extend(line_gaps);
    report.findings = findings.iter().map(ReportFinding::from).collect();
    report.seal(request.fail_on, begun.elapsed());
    let mut sources = steps.sources;
    report.hide_secrets(&mut sources);
    Ok(Checked { report, sources, kept })
}

/// The folder that was named, or the one that is found.
pub(crate) fn migrations_dir(request: &Request) -> Result<PathBuf, CheckError> {
    if let Some(dir) = &request.migrations_dir {
        return Ok(dir.clone());
    }
    if let Some(dir) = &request.settings.migrations.dir {
        let base = request.settings.folder().unwrap_or(&request.project_dir);
        return Ok(base.join(dir));
    }
    let candidates = freehold_migrate::find_migrations_dir(&request.project_dir);
    match candidates.as_slice() {
        [only] => Ok(only.dir.clone()),
        [] => Err(CheckError::NoMigrationsDir { project: request.project_dir.clone() }),
        several => {
            Err(CheckError::SeveralMigrationsDirs { dirs: several.iter().map(|c| c.dir.clone()).collect() })
        }
    }
}

pub(crate) fn options(request: &Request, prelude: Vec<rehearsal::Prelude>) -> Options {
    let mut options = Options { statement_limit: request.timeout, prelude, ..Options::default() };
    options.measure = match request.measure {
        Measure::None => rehearsal::Measure::None,
        Measure::Newest(count) => rehearsal::Measure::Newest(count),
        Measure::All => rehearsal::Measure::All,
    };
    if let Some(sizes) = request.settings.check.measure_sizes {
        options.measure_rows = sizes;
    }
    options
}

/// What is run before the first migration. Relative paths count from the folder of the settings' file.
pub(crate) fn preludes(
    settings: &Settings,
    project_dir: &Path,
    folder: &Folder,
) -> Result<Preludes, CheckError> {
    let base = settings.folder().unwrap_or(project_dir);
    let read = crate::prelude::of(settings, base, folder);
    read.map_err(|error| CheckError::PreludeUnreadable { path: error.path, source: error.source })
}

/// Rows that tables have in production, by settings and by what production showed.
fn volumes(request: &Request) -> Volumes {
    let options = lint::options::options(&request.settings);
    let options = match &request.snapshot {
        Some(snapshot) => snapshot.live().told(options),
        None => options,
    };
    let rows = options.rows.iter().map(|(table, rows)| (table.to_string(), *rows)).collect();
    Volumes { rows, tiny: options.tiny_rows }
}

fn judge(volumes: &Volumes, steps: &[Step], rehearsal: &Rehearsal) -> Vec<Finding> {
    steps
        .iter()
        .zip(&rehearsal.steps)
        .flat_map(|(step, run)| proofs::judge(&Case { step, run, volumes }))
        .collect()
}

pub(crate) fn project(request: &Request, folder: &Folder, server: String) -> Project {
    let shown = folder.dir.strip_prefix(&request.project_dir).unwrap_or(&folder.dir);
    Project {
        dir: request.project_dir.display().to_string(),
        migrations_dir: Some(slashed(if shown == Path::new("") { Path::new(".") } else { shown })),
        format: Some(folder.format.name().to_owned()),
        server: Some(server),
    }
}

/// The files of each migration, as reports name them.
pub(crate) fn files(folder: &Folder, project: &Path) -> Vec<Vec<String>> {
    let shown = |script: &freehold_migrate::Script| {
        let path = &script.file.path;
        slashed(path.strip_prefix(project).unwrap_or(path))
    };
    let of = |migration: &freehold_migrate::Migration| {
        std::iter::once(&migration.up).chain(migration.down.as_ref()).map(shown).collect()
    };
    folder.migrations.iter().map(of).collect()
}

/// What a reader might take for verified and was not.
fn gaps(request: &Request, steps: &[Step], rehearsal: &Rehearsal) -> Vec<NotVerified> {
    let mut gaps = record::gaps(steps, rehearsal, request.measure == Measure::All);
    if let Some(stopped) = rehearsal.stopped_at {
        let after = steps.len().saturating_sub(stopped + 1);
        if after > 0 {
            gaps.push(NotVerified::for_completeness(
                format!("{after} later migrations"),
                "they build on the migration that was refused",
            ));
        }
    }
    if !request.repeat {
        gaps.push(NotVerified::for_completeness(
            "that the folder gives the same schema twice",
            "switched off",
        ));
    }
    if let Measure::Newest(count) = request.measure
        && steps.len() > count
    {
        gaps.push(NotVerified::for_completeness(
            format!("how the cost of the {} older migrations grows with the rows", steps.len() - count),
            "measured for the newest only; `--measure all` measures all",
        ));
    }
    gaps
}

/// The steps of a folder, as a check would rehearse them: for benchmarks and for programs that bring their own server.
///
/// # Errors
/// When the folder cannot be read.
pub fn steps_of(dir: &Path, format: Option<&str>) -> Result<Vec<Step>, CheckError> {
    Ok(Steps::read(&freehold_migrate::read(dir, format)?, dir).ready)
}
