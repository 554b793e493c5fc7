//! What the rules say of a folder that was rehearsed: the text, with the catalogs and the executions beside it.

use std::{collections::HashMap, path::Path, sync::Arc};

use freehold_lint::{Direction, Executed, LintRule, LockTaken};
use freehold_migrate::Folder;
use freehold_model::{catalog::Catalog, finding::Finding, name::QualifiedName};
use freehold_prove::{
    observation::{Observed, RelationSeen, ScriptRun},
    rehearsal::Rehearsal,
};

use crate::{
    lint::{
        drive::{self, Asked, Depths},
        options::options,
    },
    settings::Settings,
};

/// What the rules say, each with its rule.
pub(super) fn said(
    folder: &Folder,
    project: &Path,
    settings: &Settings,
    rehearsal: &Rehearsal,
) -> Vec<(&'static LintRule, Finding)> {
    let executed = executed(rehearsal);
    let before = |number: usize| rehearsal.steps.get(number).and_then(|run| run.before.clone());
    let seen =
        |number: usize, direction: Direction, statement: usize| executed.get(&(number, direction, statement));
    let depths = Depths { before: &before, executed: &seen, last: last(folder, rehearsal) };
    let asked = Asked { options: options(settings), rule: &|_| true, wanted: &|_| true };
    let outcome = drive::walk(folder, project, &asked, &depths);
    let finding = |found| (outcome.finding(folder, project, found), found);
    outcome.linted.found.iter().map(finding).map(|(finding, found)| (found.rule, finding)).collect()
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
