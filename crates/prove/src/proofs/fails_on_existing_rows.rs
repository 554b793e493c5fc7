//! A statement works while a table is empty and is refused as soon as it has rows.
//!
//! ## What it finds
//! Adding a column that is NOT NULL and has no default. The script ran on the empty table; with a few rows in place
//! the server refused it with SQLSTATE 23502. The same is tried for the down script.
//!
//! ## Why it hurts
//! Continuous integration starts from an empty database and is green; production has rows and refuses the migration.
//!
//! ## Do instead
//! Add the column with a constant default (no rewrite since PostgreSQL 11), or add it nullable, fill it in batches,
//! and set NOT NULL in a later migration over a validated CHECK.
//!
//! ## When to ignore
//! When the table is known to be empty wherever the migration will run.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity};

use super::{Case, refusal};
use crate::observation::RowsOutcome;

pub(super) static RULE: Rule = Rule {
    id: "fails-on-existing-rows",
    code: "FH1103",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[47, 72],
    severity: Severity::Error,
    summary: "a statement is refused as soon as its table has rows",
    source: include_str!("fails_on_existing_rows.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let RowsOutcome::RefusedByRows { refusal, filled, in_down } = &case.run.rows else { return Vec::new() };
    let script = if *in_down { case.step.down.as_ref() } else { Some(&case.step.up) };
    let Some(script) = script else { return Vec::new() };
    let direction = if *in_down { "down" } else { "up" };
    let what = format!("the {direction} script runs on empty tables only");
    let mut finding = refusal::finding(&RULE, case.step, script, refusal, &what);
    for (relation, rows) in filled {
        finding = finding.because(Evidence::Saw(format!("{relation} had {rows} rows when it was refused")));
    }
    vec![finding.fixed_by(
        "Give the column a constant default, or add it nullable, fill it in batches and set NOT NULL in a later \
         migration.",
        None,
    )]
}
