//! `freehold lint`: the rules over a folder's text, and over a live catalog where one is given.
//!
//! What a rehearsal adds is in [`crate::check`], which asks the same rules.

pub(crate) mod allow;
pub(crate) mod baseline;
pub(crate) mod drive;
pub mod editor;
mod error;
mod files;
pub mod fix;
mod gaps;
pub(crate) mod heard;
pub(crate) mod live;
mod looked;
pub(crate) mod merge;
pub(crate) mod options;
mod probing;
mod ran;
pub(crate) mod scope;
pub(crate) mod select;
pub mod snapshot;
mod source;
pub(crate) mod trial;
mod tried;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_db::ConnectTo;
use freehold_migrate::{Migration, Script};
use freehold_model::finding::{Rule, Severity};

use crate::{
    file_rules,
    progress::Progress,
    report::{Project, Report, ReportFinding, ScriptsRead, Sources, slashed},
    settings::Settings,
};
use allow::Comments;
pub use baseline::{Baseline, BaselineError, FILE_NAME as BASELINE_FILE};
use baseline::{Looked, Names};
pub use error::LintError;
use heard::Heard;
use live::Live;
use looked::looks;
pub use probing::PROBE_TIMEOUT;
use probing::{Probed, Probing, probed};
use ran::{Ran, walk};
pub use select::Flags;
use select::Selection;
use snapshot::Snapshot;
use source::Batch;
pub use source::Source;

/// What to lint, and how.
#[derive(Debug)]
pub struct Request {
    /// The project's folder.
    pub project_dir: PathBuf,
    /// What `freehold.toml` says.
    pub settings: Settings,
    /// What is linted.
    pub source: Source,
    /// The format of the folder; detected when neither this nor the settings name it.
    pub migrations_format: Option<String>,
    /// What flags say of the rules.
    pub flags: Flags,
    /// Only these files are judged, and count as one deployment: those that are new or changed.
    pub since: Option<BTreeSet<PathBuf>>,
    /// The last version that was applied long ago; wins over the settings.
    pub start_after: Option<String>,
    /// The file of known findings; wins over the settings.
    pub baseline: Option<PathBuf>,
    /// The findings of this run are the baseline from now on.
    pub write_baseline: bool,
    /// A live database, which is looked at and not written to.
    pub live: Option<ConnectTo>,
    /// How long each question to the rows of the live database may take; none is asked where nothing is said.
    pub probe: Option<Duration>,
    /// What a live database showed earlier; not looked at where there is `live`.
    pub snapshot: Option<Snapshot>,
    /// Whether the SQL of fixes is tried on a private server; what was not tried is not shown.
    pub try_fixes: bool,
    /// Where to look for PostgreSQL's programs.
    pub search: freehold_sandbox::Search,
    /// The major version of the private server; the newest found otherwise.
    pub pg_major: Option<u32>,
    /// Where templates of servers are kept between runs; a default place otherwise.
    pub cache_dir: Option<PathBuf>,
    /// The severity from which on findings make the run fail.
    pub fail_on: Severity,
    /// Told what is being done.
    pub progress: Arc<dyn Progress>,
}

/// What a run gives.
#[derive(Debug)]
pub struct LintRun {
    /// What was found.
    pub report: Report,
    /// The files that findings point at.
    pub sources: Sources,
    /// The baseline that was asked for, and its file. Nothing was written yet: see [`Baseline::write`].
    pub baseline: Option<(PathBuf, Baseline)>,
}

/// Asks the rules.
///
/// # Errors
/// When there is nothing to read, a file or the database cannot be read, or a version or baseline is not what it should be.
/// What is wrong with the migrations themselves is in the report.
pub async fn run(request: Request) -> Result<LintRun, LintError> {
    let progress = Arc::clone(&request.progress);
    let outcome = lint(&request).await;
    progress.done();
    outcome
}

async fn lint(request: &Request) -> Result<LintRun, LintError> {
    let begun = Instant::now();
    let batches = source::read(request)?;
    let mut live = match &request.live {
        Some(to) => {
            request.progress.phase("Looking at the database", None);
            Some(live::look(to).await.map_err(LintError::Live)?)
        }
        None => request.snapshot.as_ref().map(Snapshot::live),
    };
    let selection = Selection::new(&request.settings, &request.flags, live.is_some());
    request.progress.phase("Reading migrations", None);
    let mut told = Told::default();
    let mut all = Vec::with_capacity(batches.len());
    let mut unasked = Vec::new();
    let probing = match request.live.as_ref().zip(request.probe) {
        Some((to, timeout)) => Some((to, Probing::open(to, timeout).await.map_err(LintError::Live)?)),
        None => None,
    };
    for batch in batches {
        let mut applied = BTreeSet::new();
        if let (Some((to, probing)), Some(live)) = (&probing, &mut live) {
            request.progress.phase("Asking about the rows", None);
            let probed: Probed = probed(request, &batch, live, probing, to).await?;
            applied = probed.applied;
            unasked.extend(probed.gaps);
        }
        let ran = walk(request, batch, &selection, live.as_ref(), &applied)?;
        told.heard(request, &ran, all.len(), &selection, live.is_some());
        all.push(ran);
    }
    if let Some((_, probing)) = probing {
        probing.close().await;
    }
    let baseline = told.baseline(request, &all, &selection, live.is_some())?;
    let mut gaps = gaps::gaps(request, &all, &selection, live.as_ref());
    gaps.extend(unasked);
    gaps.extend(tried::tried(request, &all, &mut told.heard).await);

    let mut report = Report::new("lint", project(request, &all, live.as_ref()));
    report.not_verified = gaps;
    report.findings = told.heard.iter().map(|heard| ReportFinding::from(&heard.finding)).collect();
    let scripts = ScriptsRead {
        files: all.iter().flat_map(|ran| files(&ran.batch, &request.project_dir)).collect(),
        migrations: all.iter().map(|ran| ran.scope.count()).sum(),
        statements: all.iter().map(|ran| ran.outcome.statements).sum(),
    };
    report.seal_read(&scripts, request.fail_on, begun.elapsed());
    report.hide_secrets(&mut told.sources);
    Ok(LintRun { report, sources: told.sources, baseline })
}

/// The findings that are left at each point.
#[derive(Default)]
struct Told {
    heard: Vec<Heard>,
    sources: Sources,
    names: Names,
}

impl Told {
    /// Takes what one folder gave: without what comments allow and what nobody wants to hear.
    fn heard(&mut self, request: &Request, ran: &Ran, number: usize, selection: &Selection<'_>, live: bool) {
        let (folder, project) = (&ran.batch.folder, request.project_dir.as_path());
        let wanted = |number| ran.scope.wants(number);
        let mut heard: Vec<Heard> = Vec::new();
        heard.extend(ran.outcome.syntax(folder, project).into_iter().map(Heard::from));
        heard.extend(files::findings(folder, project, &ran.scope).into_iter().map(Heard::from));
        for (index, found) in ran.outcome.linted.found.iter().enumerate() {
            heard.push(Heard {
                finding: ran.outcome.finding(folder, project, found),
                relation: found.relation.clone(),
                found: Some((number, index)),
            });
        }
        let mut comments = Comments::read(folder, project, &wanted);
        heard = comments.apply(heard);
        let looked = |rule: &Rule| looks(rule, selection, live);
        heard.extend(comments.remarks(&looked).into_iter().map(Heard::from));
        let heard = selection.apply(heard);
        self.learn(ran, project, &heard);
        self.heard.extend(heard);
    }

    /// Keeps the texts that findings point at, and what the baseline calls the migrations.
    fn learn(&mut self, ran: &Ran, project: &Path, heard: &[Heard]) {
        let needed: BTreeSet<String> = heard
            .iter()
            .filter_map(|heard| heard.finding.place.as_ref())
            .map(|place| slashed(&place.file))
            .collect();
        for (file, migration, script) in scripts(&ran.batch, project) {
            if needed.contains(&file) && self.sources.text(&file).is_none() {
                self.sources.add(Path::new(&file), script.file.text.as_str());
            }
            let name = if migration.version.is_empty() { file.clone() } else { migration.version.clone() };
            self.names.entry(file).or_insert(name);
        }
    }

    /// Holds the findings against the baseline. With `--write-baseline` they become it.
    fn baseline(
        &mut self,
        request: &Request,
        all: &[Ran],
        selection: &Selection<'_>,
        live: bool,
    ) -> Result<Option<(PathBuf, Baseline)>, LintError> {
        let named = request.baseline.as_ref().or(request.settings.lint.baseline.as_ref());
        if named.is_none() && !request.write_baseline {
            return Ok(None);
        }
        let path = named.cloned().unwrap_or_else(|| request.project_dir.join(BASELINE_FILE));
        let judged = judged(all, &self.names, &request.project_dir);
        let whole = all.iter().all(|ran| ran.batch.only.is_none() && !ran.batch.alone);
        let looked = Looked {
            rule: &|rule| looks(rule, selection, live),
            // What is no migration, or no more, was looked at where all were.
            passed_over: &|migration| !judged.get(migration).copied().unwrap_or(whole),
        };
        if request.write_baseline {
            let known = if path.exists() { Baseline::read(&path)? } else { Baseline::default() };
            let known = known.with(&self.heard, &self.sources, &self.names, &looked);
            self.heard.clear();
            return Ok(Some((path, known)));
        }
        let heard = std::mem::take(&mut self.heard);
        let (heard, gone) = Baseline::read(&path)?.sifted(heard, &self.sources, &self.names, &looked);
        self.heard = heard;
        let shown = path.strip_prefix(&request.project_dir).unwrap_or(&path);
        let outdated = file_rules::baseline_outdated(shown, gone);
        self.heard.extend(selection.apply(outdated.into_iter().map(Heard::from).collect()));
        Ok(None)
    }
}

/// Each migration as the baseline calls it, and whether it was judged.
fn judged(all: &[Ran], names: &Names, project: &Path) -> BTreeMap<String, bool> {
    let mut judged = BTreeMap::new();
    for ran in all {
        for (number, files) in files(&ran.batch, project).into_iter().enumerate() {
            for name in files.iter().filter_map(|file| names.get(file)) {
                *judged.entry(name.clone()).or_insert(false) |= ran.scope.wants(number);
            }
        }
    }
    judged
}

/// The scripts of a folder: file as reports name it, migration, script.
fn scripts<'b>(
    batch: &'b Batch,
    project: &'b Path,
) -> impl Iterator<Item = (String, &'b Migration, &'b Script)> {
    batch.folder.migrations.iter().flat_map(move |migration| {
        let scripts = std::iter::once(&migration.up).chain(migration.down.as_ref());
        scripts.map(move |script| (shown(&script.file.path, project), migration, script))
    })
}

/// The files of each migration, as reports name them.
fn files(batch: &Batch, project: &Path) -> Vec<Vec<String>> {
    let of = |migration: &Migration| {
        let scripts = std::iter::once(&migration.up).chain(migration.down.as_ref());
        scripts.map(|script| shown(&script.file.path, project)).collect()
    };
    batch.folder.migrations.iter().map(of).collect()
}

/// A path as reports name it.
fn shown(path: &Path, project: &Path) -> String {
    slashed(path.strip_prefix(project).unwrap_or(path))
}

fn project(request: &Request, all: &[Ran], live: Option<&Live>) -> Project {
    let folder = all.iter().find(|ran| !ran.batch.alone).map(|ran| &ran.batch.folder);
    Project {
        dir: slashed(&request.project_dir),
        migrations_dir: folder.map(|folder| shown(&folder.dir, &request.project_dir)),
        format: folder.map(|folder| folder.format.name().to_owned()),
        server: live.map(|live| live.server.clone()),
    }
}
