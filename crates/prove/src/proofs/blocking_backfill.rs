//! Rows of a table are changed in the same transaction that has already locked out its readers or writers.
//!
//! ## What it finds
//! A statement that writes rows of an existing table after an earlier statement of the same transaction took a lock on
//! it that holds up reads or writes. Where it was measured, the seconds per million rows are given.
//!
//! ## Why it hurts
//! `ALTER TABLE ... ADD COLUMN` alone is instant; followed by an `UPDATE` of all rows in one transaction its ACCESS
//! EXCLUSIVE lock is held for the whole backfill.
//!
//! ## Do instead
//! Change the schema in one migration; fill the rows in batches in another, each batch in its own transaction; tighten
//! the schema in a third.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`, and the finding becomes a note.

use freehold_model::{
    finding::{Category, Depth, Finding, Rule, Severity},
    lock::LockMode,
};

use super::{Case, in_force};

pub(super) static RULE: Rule = Rule {
    id: "blocking-backfill",
    code: "FH1116",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[15, 16, 33],
    severity: Severity::Warning,
    summary: "rows are changed while the same transaction locks out other users of the table",
    source: include_str!("blocking_backfill.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let pick = |observed: &crate::observation::Observed| {
        let mut relations: Vec<_> = observed.rows.iter().map(|rows| rows.relation.clone()).collect();
        relations.extend(
            observed.locks.iter().filter(|l| l.mode == LockMode::RowExclusive).map(|l| l.relation.clone()),
        );
        relations.retain(crate::observation::RelationSeen::holds_rows);
        relations.sort();
        relations.dedup();
        relations
    };
    in_force::holding_up(case, pick)
        .iter()
        .filter(|found| found.taken_before)
        .map(|found| {
            found.finding(&RULE, case, "this changes rows").fixed_by(
                "Fill the rows in batches in a migration of its own, outside the transaction that changes the schema.",
                None,
            )
        })
        .collect()
}
