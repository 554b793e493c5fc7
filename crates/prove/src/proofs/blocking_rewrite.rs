//! A table that was there is written anew while reads and writes wait.
//!
//! ## What it finds
//! A statement that gave an existing table new storage (its `relfilenode` changed, or the server said "rewriting
//! table") under a lock that holds up reads or writes: a change of type that is not binary compatible, a volatile
//! default, a stored generated column, `SET LOGGED`, `CLUSTER`. Where it was measured, the seconds per million rows are
//! given.
//!
//! ## Why it hurts
//! The lock is ACCESS EXCLUSIVE: every query on the table waits until the last row is written, and queues behind it
//! pile up. The time grows with the table; a rehearsal on an empty table looks instant.
//!
//! ## Do instead
//! Add a new column, keep it in step by a trigger, fill it in batches, switch the code over and drop the old one in a
//! later release. `varchar(n)` to a longer `varchar` or to `text` needs no rewrite.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`, and the finding becomes a note.

use freehold_model::finding::{Category, Depth, Finding, Rule, Severity};

use super::{Case, in_force};

pub(super) static RULE: Rule = Rule {
    id: "blocking-rewrite",
    code: "FH1113",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[20],
    severity: Severity::Warning,
    summary: "an existing table is written anew while reads and writes wait",
    source: include_str!("blocking_rewrite.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    in_force::holding_up(case, |observed| observed.rewrites.clone())
        .iter()
        .map(|found| {
            found.finding(&RULE, case, "this writes the whole table anew").fixed_by(
                "Add a new column, keep it in step with a trigger, fill it in batches, and switch over in a later \
                 migration.",
                None,
            )
        })
        .collect()
}
