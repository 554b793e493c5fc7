//! Whether what is pending may destroy something that its authors did not allow.

use std::collections::HashSet;

use freehold_migrate::{
    Plan, Prepared, Script,
    allow::{Judged, judge},
    destructive::destructive_in,
    history::Direction,
};
use freehold_sql::Statement;

use super::Problem;

/// Every statement that is refused, once, however many targets it is pending on.
pub(super) fn problems(prepared: &Prepared, plans: &[Plan]) -> Vec<Problem> {
    let mut seen: HashSet<Vec<usize>> = HashSet::new();
    let mut problems: Vec<Problem> = Vec::new();
    // Where there is nothing, nothing can be lost: a first deployment runs the whole history.
    for plan in plans.iter().filter(|plan| !plan.untouched) {
        let pending = pending(plan);
        if pending.is_empty() || !seen.insert(pending.clone()) {
            continue;
        }
        for problem in of_sequence(prepared, &pending) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    problems
}

/// The ups of a plan that are not the second half of a redo: what a redo runs was allowed when it was applied.
fn pending(plan: &Plan) -> Vec<usize> {
    let downs: HashSet<usize> =
        plan.steps.iter().filter(|step| step.direction == Direction::Down).map(|s| s.migration).collect();
    plan.steps
        .iter()
        .filter(|step| step.direction == Direction::Up && !downs.contains(&step.migration))
        .map(|step| step.migration)
        .collect()
}

/// What is refused of scripts that run one after the other: what an earlier one makes, a later one may take away.
fn of_sequence(prepared: &Prepared, indices: &[usize]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut scripts: Vec<(&Script, Vec<Statement>, String)> = Vec::new();
    for migration in indices.iter().filter_map(|index| prepared.migrations().get(*index)) {
        match migration.up.statements() {
            Ok(statements) => scripts.push((&migration.up, statements, migration.label())),
            Err(error) => problems.push(Problem::Unreadable {
                label: migration.label(),
                why: error.source.to_string(),
                place: error.place,
            }),
        }
    }
    let pairs: Vec<(&Script, &[Statement])> =
        scripts.iter().map(|(script, statements, _)| (*script, statements.as_slice())).collect();
    for ((script, statements, label), found) in scripts.iter().zip(destructive_in(&pairs)) {
        let Judged { refused, errors, .. } = judge(script, statements, found);
        // A comment that cannot be read matters only where it fails to allow something.
        if !refused.is_empty() {
            problems.extend(errors.into_iter().map(|error| Problem::Allow { error }));
        }
        let refused = refused.into_iter().map(Box::new);
        problems.extend(refused.map(|what| Problem::Destructive { label: label.clone(), what }));
    }
    problems
}
