//! Judging what came back: whose rows they are.

use std::collections::BTreeMap;

use freehold_model::{catalog::Relation, name::quote_identifier};

use crate::isolation::{
    outcome::Outcome,
    trial::{Answer, Seen},
    world::{Truth, TruthRow, World},
};

/// How many rows of a leak are shown.
pub(super) const SHOWN: usize = 3;

/// A list of columns for SELECT.
pub(super) fn list(columns: &[String]) -> String {
    columns.iter().map(|name| quote_identifier(name)).collect::<Vec<_>>().join(", ")
}

/// The rows of an answer that are not A's; the answer has these columns of the relation. A row that looks like one of
/// A's counts as A's as often as A has it; rows of nobody are no other tenant's.
pub(super) fn foreign_rows(truth: &Truth, columns: &[String], answer: &Answer) -> Answer {
    rows_not_of(truth, Some(0), columns, answer)
}

/// The rows of an answer that belong to a tenant other than this one; to any tenant at all where it is none.
pub(super) fn rows_not_of(
    truth: &Truth,
    tenant: Option<usize>,
    columns: &[String],
    answer: &Answer,
) -> Answer {
    let is_own = |row: &TruthRow| row.key.is_none() || (tenant.is_some() && row.tenant == tenant);
    let places: Vec<Option<usize>> =
        columns.iter().map(|name| truth.columns.iter().position(|own| own == name)).collect();
    let seen_of = |values: &[Option<String>]| -> Vec<Option<String>> {
        places.iter().map(|place| place.and_then(|at| values.get(at).cloned()).flatten()).collect()
    };
    let mut own: BTreeMap<Vec<Option<String>>, usize> = BTreeMap::new();
    for row in truth.rows.iter().filter(|row| is_own(row)) {
        *own.entry(seen_of(&row.values)).or_default() += 1;
    }
    let rows = answer.rows.iter().filter(|row| {
        if let Some(left) = own.get_mut(*row)
            && *left > 0
        {
            *left -= 1;
            return false;
        }
        true
    });
    Answer { columns: answer.columns.clone(), rows: rows.cloned().collect(), affected: 0 }
}

/// What is to be said of a relation without a row of any tenant; none where there is one.
pub(super) fn no_rows(world: &World<'_>, relation: &Relation) -> Option<Vec<Outcome>> {
    let has = |truth: &Truth| truth.rows.iter().any(|row| row.key.is_some());
    if world.truth(relation.oid).is_some_and(has) {
        return None;
    }
    Some(world.lacks_rows(relation).map(Outcome::not_tried).into_iter().collect())
}

/// What is to be said of a relation without a row of another tenant than A; none where there is one. In a partition for A
/// alone there is nothing to reach.
pub(super) fn no_rows_of_others(world: &World<'_>, relation: &Relation) -> Option<Vec<Outcome>> {
    let truth = world.truth(relation.oid);
    if truth.is_some_and(|truth| truth.foreign_to(0).next().is_some()) {
        return None;
    }
    if relation.partition.is_some() && truth.is_some_and(|truth| !truth.rows.is_empty()) {
        return Some(Vec::new());
    }
    Some(world.lacks_rows(relation).map(Outcome::not_tried).into_iter().collect())
}

/// Held or not tried by what a refusal says: a lack of privilege holds; anything else was no trial.
pub(super) fn of_refusal(seen: &Seen) -> Option<Outcome> {
    if let Some(stopped) = &seen.stopped {
        return Some(Outcome::not_tried(format!("the context could not be taken on: {}", stopped.words())));
    }
    let refused = seen.refused()?;
    if refused.is_by_privilege() {
        return Some(Outcome::held(&seen.sql, format!("refused: {}", refused.words())));
    }
    Some(Outcome::not_tried(format!("the server refused the statement: {}", refused.words())))
}

/// What to do where rows of a table can be reached.
pub(super) fn policy_advice(relation: &Relation) -> String {
    if relation.row_security && relation.policies.is_empty() {
        return format!("Write policies for {} that compare its tenant with the session's", relation.name);
    }
    if relation.row_security {
        return format!(
            "Tighten the policies of {}: each command must compare the tenant with the session's",
            relation.name
        );
    }
    format!("Enable and force row level security on {}, with policies for every command", relation.name)
}
