//! A migration has no down script, or one without a statement, although its folder's format has downs.
//!
//! ## What it finds
//! An up script without its counterpart, and a down script that holds nothing but comments, where the up changes the
//! schema.
//!
//! ## Why it hurts
//! The tool cannot go back over this migration: with some tools the roll-back fails here, with others it reports
//! success and leaves the schema as it was.
//!
//! ## Do instead
//! Write the down while the up is fresh in mind. If the change is meant to be final, say so in the project's settings.
//!
//! ## When to ignore
//! In projects that only ever go forward: `[rules] down-missing = "off"`.

use freehold_model::finding::{Category, Depth, Finding, Rule, Severity};

use super::{Case, refusal};

pub(super) static RULE: Rule = Rule {
    id: "down-missing",
    code: "FH1104",
    category: Category::Rehearsal,
    decided_by: &[Depth::Text],
    hazards: &[63],
    severity: Severity::Warning,
    summary: "the migration has no down script, or an empty one",
    source: include_str!("down_missing.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    if !case.step.down_expected || case.run.up.refused.is_some() {
        return Vec::new();
    }
    let message = match &case.step.down {
        None => "the migration has no down script: rolling back stops here, or leaves what it made",
        Some(down) if down.statements.is_empty() && !case.run.down_differences.is_empty() => {
            "the down script has no statement: rolling back leaves what the up made"
        }
        Some(_) => return Vec::new(),
    };
    let place =
        case.step.down.as_ref().map_or_else(|| refusal::top(&case.step.up), |d| Some(d.place.clone()));
    vec![Finding::new(&RULE, refusal::subject(case.step), message).at(place)]
}
