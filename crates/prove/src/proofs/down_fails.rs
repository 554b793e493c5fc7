//! The server refuses a statement of a down script right after its up was applied.
//!
//! ## What it finds
//! Every down script is run on the state that its own up has just made and committed.
//!
//! ## Why it hurts
//! The roll-back is needed on the worst day, and does not work on it.
//!
//! ## Do instead
//! Undo in the opposite order of the up, and check names: many such downs belong to another file of the folder.
//!
//! ## When to ignore
//! Never: this was seen to fail.

use freehold_model::{
    finding::{Category, Depth, Evidence, Finding, Rule, Severity},
    sqlstate::SqlState,
};

use super::{Case, refusal};

pub(super) static RULE: Rule = Rule {
    id: "down-fails",
    code: "FH1105",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[64, 67],
    severity: Severity::Error,
    summary: "the server refuses a statement of the down script",
    source: include_str!("down_fails.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let (Some(down), Some(refused)) =
        (&case.step.down, case.run.down.as_ref().and_then(|run| run.refused.as_ref()))
    else {
        return Vec::new();
    };
    if refused.error.sqlstate() == Some(SqlState::ACTIVE_TRANSACTION) {
        return Vec::new();
    }
    let finding =
        refusal::finding(&RULE, case.step, down, refused, "the down script cannot be applied after its up");
    let how = "the up was applied and committed, then the down was run";
    vec![finding.because(Evidence::Saw(how.to_owned()))]
}
