//! An up script has nothing to run.
//!
//! ## What it finds
//! A script that is empty or holds nothing but comments.
//!
//! ## Why it hurts
//! The migration is recorded as applied and did nothing; often the statements were saved elsewhere.
//!
//! ## Do instead
//! Write the statements, or remove the migration while nobody has applied it.
//!
//! ## When to ignore
//! When it stands for something that was done by hand.

use freehold_migrate::Script;
use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject};

pub(super) static RULE: Rule = Rule {
    id: "script-empty",
    code: "FH0002",
    category: Category::Files,
    decided_by: &[Depth::Text],
    hazards: &[63],
    severity: Severity::Warning,
    summary: "an up script has nothing to run",
    source: include_str!("script_empty.rs"),
    ..Rule::NEW
};

/// For an up script without a statement.
pub(crate) fn finding(label: &str, script: &Script) -> Finding {
    Finding::new(
        &RULE,
        Subject::new("migration", label),
        "the up script holds no statement: applying it does nothing",
    )
    .at(Some(script.beginning()))
    .because(Evidence::Saw(format!("{} bytes, no statement", script.text().len())))
}
