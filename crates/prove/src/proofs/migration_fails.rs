//! The server refuses a statement of an up script, so the migration cannot be applied.
//!
//! ## What it finds
//! Every up script is run on a scratch database with all earlier migrations applied. The first statement that the
//! server refuses is shown with the server's own message, code, detail and hint. Later migrations are not tried, since
//! they build on this one.
//!
//! A migration that comes after others which are no SQL (Go, JavaScript) may need what those make: then the refusal is a
//! warning, and the rehearsal goes on with the next.
//!
//! ## Why it hurts
//! The deployment stops half-way through the folder; where the tool gave each statement its own transaction, half-way
//! through the script.
//!
//! ## Do instead
//! Mend the statement. If the script relies on something that no migration makes (a role, an extension, a table of
//! another service), make it in an earlier migration, or name a prelude in `freehold.toml`.
//!
//! ## When to ignore
//! Never: this was seen to fail.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity};

use super::{Case, refusal};
use freehold_model::sqlstate::SqlState;

pub(super) static RULE: Rule = Rule {
    id: "migration-fails",
    code: "FH1101",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[117],
    severity: Severity::Error,
    summary: "the server refuses a statement of the up script",
    source: include_str!("migration_fails.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Some(refused) = &case.run.up.refused else { return Vec::new() };
    if refused.error.sqlstate() == Some(SqlState::ACTIVE_TRANSACTION) {
        return Vec::new();
    }
    let left_out = &case.step.left_out_before;
    if left_out.is_empty() {
        return vec![refusal::finding(
            &RULE,
            case.step,
            &case.step.up,
            refused,
            "the up script cannot be applied",
        )];
    }
    let what = "the up script cannot be applied without the migrations before it that are no SQL";
    vec![
        refusal::finding(&RULE, case.step, &case.step.up, refused, what)
            .with_severity(Severity::Warning)
            .because(Evidence::Saw(format!("left out before it: {}", left_out.join(", ")))),
    ]
}
