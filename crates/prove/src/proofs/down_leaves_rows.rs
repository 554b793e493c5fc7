//! Rows that an up script inserted into a table that was there before are still in it after the down.
//!
//! ## What it finds
//! The rows of tables that a script writes to are compared before the up and after the down. There are more than
//! before.
//!
//! ## Why it hurts
//! Rolled back and applied again, the rows are there twice, or the second up fails on a unique constraint.
//!
//! ## Do instead
//! Delete in the down exactly the rows that the up inserted, by their keys; or make the insert
//! `ON CONFLICT DO NOTHING` and say that the rows stay.
//!
//! ## When to ignore
//! When the rows are meant to outlive the migration.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity};

use super::{Case, refusal};
use crate::observation::RowsOutcome;

pub(super) static RULE: Rule = Rule {
    id: "down-leaves-rows",
    code: "FH1109",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[64],
    severity: Severity::Warning,
    summary: "rows that the up inserted are still there after the down",
    source: include_str!("down_leaves_rows.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let (Some(down), RowsOutcome::Compared { fates, without_down: None }) = (&case.step.down, &case.run.rows)
    else {
        return Vec::new();
    };
    fates
        .iter()
        .filter(|fate| fate.left > 0)
        .map(|fate| {
            let more = fate.left;
            Finding::new(
                &RULE,
                refusal::subject(case.step),
                format!("{more} rows that the up put into {} are still there after the down", fate.relation),
            )
            .at(if down.statements.is_empty() { Some(down.place.clone()) } else { refusal::top(down) })
            .because(Evidence::Ran(format!("{} rows in {}, up, down", fate.before, fate.relation)))
            .because(Evidence::Saw(format!("{} rows afterwards", fate.before + more)))
        })
        .collect()
}
