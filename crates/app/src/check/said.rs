//! What the rules say of a folder that was rehearsed: the text, with the catalogs and the executions beside it.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::Arc,
};

use freehold_lint::{Direction, Executed, LintRule, LockTaken};
use freehold_migrate::Folder;
use freehold_model::{catalog::Catalog, finding::Finding, name::QualifiedName};
use freehold_prove::{
    RehearsalError,
    observation::{Observed, RelationSeen, ScriptRun},
    rehearsal::{Options, Rehearsal},
    step::Step,
};
use freehold_sandbox::Server;

use super::{Request, told::Relations};
use crate::{
    lint::{
        Flags,
        drive::{self, Asked, Depths, Outcome},
        live::Live,
        options::options,
        scope::Scope,
        select::Selection,
        snapshot::Snapshot,
        trial::{self, Tried},
    },
    report::NotVerified,
    settings::{Measure, Settings},
};

/// What the rules say of a folder.
pub(super) struct Said {
    /// Each with its rule.
    pub(super) findings: Vec<(&'static LintRule, Finding)>,
    /// The tables that they are about.
    pub(super) relations: Relations,
    /// What was not looked at, or not tried.
    pub(super) gaps: Vec<NotVerified>,
}

/// What the rules say, with fixes that were tried on the server.
pub(super) async fn said(
    request: &Request,
    folder: &Folder,
    scope: &Scope,
    steps: &[Step],
    rehearsal: &Rehearsal,
    server: &Server,
    options: &Options,
) -> Result<Said, RehearsalError> {
    let project = request.project_dir.as_path();
    let live = request.snapshot.as_ref().map(Snapshot::live);
    let mut outcome = walked(folder, scope, project, &request.settings, rehearsal, live.as_ref());
    request.progress.phase("Trying fixes", None);
    let of = tried_of(request.measure, steps.len());
    let found = &mut outcome.linted.found;
    let tried = trial::fixes(server, steps, found, &outcome.walked, &of, options).await?;
    let mut gaps = not_tried(&tried);
    if outcome.walked.is_empty() && !folder.migrations.is_empty() {
        let what = format!("what the rules say of {} migrations", folder.migrations.len());
        gaps.push(NotVerified::asked(what, "the system gave no threads to read them with"));
    }
    gaps.extend(live.into_iter().flat_map(|live| live.gaps));
    let mut relations = Relations::new();
    let mut findings = Vec::with_capacity(outcome.linted.found.len());
    for found in &outcome.linted.found {
        let finding = outcome.finding(folder, project, found);
        if let (Some(place), Some(relation)) = (&finding.place, &found.relation) {
            relations.insert((place.clone(), finding.rule.id), relation.clone());
        }
        findings.push((found.rule, finding));
    }
    Ok(Said { findings, relations, gaps })
}

/// The migrations of which fixes are tried: those of which times are measured.
fn tried_of(measure: Measure, count: usize) -> BTreeSet<usize> {
    match measure {
        Measure::None => BTreeSet::new(),
        Measure::Newest(newest) => (count.saturating_sub(newest)..count).collect(),
        Measure::All => (0..count).collect(),
    }
}

fn not_tried(tried: &Tried) -> Vec<NotVerified> {
    let mut gaps = Vec::new();
    if tried.not_tried > 0 {
        let what = format!("{} fixes, of which the SQL is not shown", tried.not_tried);
        gaps.push(NotVerified::for_completeness(what, "a statement before them is refused"));
    }
    gaps
}

fn walked(
    folder: &Folder,
    scope: &Scope,
    project: &Path,
    settings: &Settings,
    rehearsal: &Rehearsal,
    live: Option<&Live>,
) -> Outcome {
    let executed = executed(rehearsal);
    let before = |number: usize| rehearsal.steps.get(number).and_then(|run| run.before.clone());
    let seen =
        |number: usize, direction: Direction, statement: usize| executed.get(&(number, direction, statement));
    let prelude = before(0).filter(|catalog| !catalog.relations.is_empty());
    let depths = Depths { before: &before, executed: &seen, last: last(folder, rehearsal), prelude };
    let flags = Flags::default();
    let selection = Selection::new(settings, &flags, live.is_some());
    let asked = Asked {
        options: match live {
            Some(live) => live.told(options(settings)),
            None => options(settings),
        },
        // What says the same as a proof takes it along when it is switched off, so that it must speak first.
        rule: &|rule| selection.looks(&rule.rule) || !rule.same_as.is_empty(),
        wanted: &|number| scope.wants(number),
        locks: false,
        probes: false,
    };
    drive::walk(folder, project, &asked, &depths)
}

/// The catalog at the end, when the whole folder led to it.
fn last(folder: &Folder, rehearsal: &Rehearsal) -> Option<Arc<Catalog>> {
    let whole = rehearsal.stopped_at.is_none()
        && rehearsal.steps.len() == folder.migrations.len()
        && rehearsal.steps.iter().all(|run| run.up.refused.is_none());
    whole.then(|| Arc::clone(&rehearsal.catalog))
}

type Seen = HashMap<(usize, Direction, usize), Executed>;

fn executed(rehearsal: &Rehearsal) -> Seen {
    let mut seen = Seen::new();
    for (number, run) in rehearsal.steps.iter().enumerate() {
        add(&mut seen, (number, Direction::Up), &run.up);
        if let Some(down) = &run.down {
            add(&mut seen, (number, Direction::Down), down);
        }
    }
    seen
}

fn add(seen: &mut Seen, (number, direction): (usize, Direction), run: &ScriptRun) {
    for observed in &run.statements {
        seen.insert((number, direction, observed.index), facts(observed));
    }
}

fn facts(observed: &Observed) -> Executed {
    let names = |relations: &[RelationSeen]| relations.iter().map(name).collect();
    Executed {
        locks: observed
            .locks
            .iter()
            .map(|lock| LockTaken { relation: name(&lock.relation), mode: lock.mode })
            .collect(),
        rewrites: names(&observed.rewrites),
        scans: names(&observed.scans),
        index_builds: observed.index_builds.iter().map(|build| name(&build.relation)).collect(),
        spared: observed.spared.clone(),
        complete: observed.from_inside,
    }
}

fn name(relation: &RelationSeen) -> QualifiedName {
    QualifiedName::new(relation.schema.as_str(), relation.name.as_str())
}
