//! An up script destroys rows or values, so that no down can bring them back.
//!
//! ## What it finds
//! Witness rows that were in a table before the up are gone or changed after it, and still after the down: a dropped
//! table or column, a DELETE, a TRUNCATE, a narrowing cast. Values that are overwritten in rows which stay are a note.
//! Witness rows are made for the constraints of the table: a DELETE with a condition takes those that meet it.
//!
//! ## Why it hurts
//! The schema can be rolled back, the data cannot; and the code that still runs while the migration is deployed reads
//! what is no longer there.
//!
//! ## Do instead
//! Stop using the column or table in one release, and drop it in a later one, after a backup was proven to restore.
//!
//! ## When to ignore
//! When the data was copied elsewhere by an earlier migration, or is known to be worthless.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};

use super::{
    Case,
    down_loses_data::{lost, place, told},
};

pub(super) static RULE: Rule = Rule {
    id: "up-loses-data",
    code: "FH1108",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[60],
    severity: Severity::Warning,
    summary: "the up script destroys rows or values that no down can bring back",
    source: include_str!("up_loses_data.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    lost(case, false)
        .map(|fate| {
            let steps = if case.step.down.is_some() { "up, down" } else { "up" };
            // An UPDATE that overwrites is what most data migrations are for.
            let overwrites = fate.gone == 0 && !fate.columns_gone;
            let (what, severity) = if overwrites {
                ("overwrites values of", Severity::Note)
            } else {
                ("destroys data of", RULE.severity)
            };
            let message =
                format!("the up script {what} {} that no down can bring back: {}", fate.relation, told(fate));
            Finding::new(&RULE, Subject::new("table", &fate.relation), message)
                .with_severity(severity)
                .at(place(&case.step.up, &fate.name))
                .because(Evidence::Ran(format!("{} rows in {}, {steps}", fate.before, fate.relation)))
                .because(Evidence::Saw(told(fate)))
        })
        .collect()
}
