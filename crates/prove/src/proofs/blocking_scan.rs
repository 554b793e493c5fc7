//! A table that was there is read from end to end while writes, or reads too, wait.
//!
//! ## What it finds
//! A statement that checked every row of an existing table (the server said "verifying table", or counted a
//! sequential scan) under a lock that holds up reads or writes: `SET NOT NULL` without a proof, a CHECK or a foreign
//! key that is validated at once, `ATTACH PARTITION` without a matching CHECK. A scan that the server found
//! unnecessary ("sufficient to prove") is not reported.
//!
//! ## Why it hurts
//! The lock is held for the length of the scan, which grows with the table. A foreign key holds up writes on both of
//! its tables.
//!
//! ## Do instead
//! Add the constraint `NOT VALID` in one migration and `VALIDATE CONSTRAINT` in the next: validation lets reads and
//! writes go on. For NOT NULL, add `CHECK (column IS NOT NULL) NOT VALID`, validate it, then `SET NOT NULL`, which
//! finds the proof and scans nothing.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`, and the finding becomes a note.

use freehold_model::finding::{Category, Depth, Finding, Rule, Severity};

use super::{Case, in_force};
use crate::observation::RowsOutcome;

pub(super) static RULE: Rule = Rule {
    id: "blocking-scan",
    code: "FH1114",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[20],
    severity: Severity::Warning,
    summary: "an existing table is read from end to end while others wait",
    source: include_str!("blocking_scan.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    in_force::holding_up(case, |observed| observed.scans.clone())
        .iter()
        // Rows that are changed under the lock are told as a backfill.
        .filter(|found| !found.statement.changes_rows() && found.observed.rows.is_empty())
        // A statement that fails as soon as there are rows is told as that.
        .filter(|found| !refused_by_rows(case, found.observed.index))
        .map(|found| {
            found.finding(&RULE, case, "this reads every row").fixed_by(
                "Add the constraint NOT VALID, and validate it in a later migration; for SET NOT NULL, validate a \
                 CHECK (... IS NOT NULL) first.",
                None,
            )
        })
        .collect()
}

fn refused_by_rows(case: &Case<'_>, index: usize) -> bool {
    matches!(&case.run.rows, RowsOutcome::RefusedByRows { refusal, in_down: false, .. } if refusal.index == index)
}
