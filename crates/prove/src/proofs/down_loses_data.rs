//! A down script loses rows or values that its up had not created.
//!
//! ## What it finds
//! Witness rows are put into the tables that the scripts could empty or change, then up and down are run. Rows that
//! were there before the up and were still there, or had been moved elsewhere, after it, are gone or changed after the
//! down. The number of rows is given for each table.
//!
//! ## Why it hurts
//! The roll-back of a release destroys data that the release never touched: a DELETE that is too wide, a DROP TABLE of
//! a table that the up only found, a move of data without the way back.
//!
//! ## Do instead
//! Let the down remove only what the up added, and move back what the up moved.
//!
//! ## When to ignore
//! When the rows are known to be worthless.

use freehold_model::finding::{Evidence, Finding, Rule, Severity};

use super::{Case, refusal};
use crate::observation::{RowsFate, RowsOutcome};

pub(super) static RULE: Rule = Rule {
    id: "down-loses-data",
    severity: Severity::Error,
    summary: "the down script loses rows or values that the up had not created",
    source: include_str!("down_loses_data.rs"),
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Some(down) = &case.step.down else { return Vec::new() };
    lost(case, true)
        .map(|fate| {
            Finding::new(
                &RULE,
                refusal::subject(case.step),
                format!(
                    "rows of {} that were there before the up are gone after the down: {}",
                    fate.relation,
                    told(fate)
                ),
            )
            .at(refusal::top(down))
            .because(Evidence::Ran(format!("{} rows in {}, up, down", fate.before, fate.relation)))
            .because(Evidence::Saw(told(fate)))
        })
        .collect()
}

/// The tables that lost rows, by whose doing.
pub(super) fn lost<'c>(case: &'c Case<'_>, by_down: bool) -> impl Iterator<Item = &'c RowsFate> {
    let fates = match &case.run.rows {
        RowsOutcome::Compared { fates } => fates.as_slice(),
        _ => &[],
    };
    fates.iter().filter(move |fate| fate.lost > 0 && fate.lost_by_down == by_down)
}

/// The count in words.
pub(super) fn told(fate: &RowsFate) -> String {
    if fate.columns.is_empty() {
        format!("{} of {} rows lost", fate.lost, fate.before)
    } else {
        format!("{} of {} rows lost or changed, in {}", fate.lost, fate.before, fate.columns.join(", "))
    }
}
