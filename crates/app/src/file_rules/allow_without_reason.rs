//! A comment allows something and does not say why.
//!
//! ## What it finds
//! `-- freehold: allow …` without `because` and words behind it. Such a comment allows nothing.
//!
//! ## Why it hurts
//! In a year nobody knows whether the reason still holds, so the comment stays for ever and hides what comes after it.
//!
//! ## Do instead
//! Write the reason: `-- freehold: allow column-dropped because no release since March reads it`.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! `docs/lint.md`, "Allowing one thing".

use freehold_model::{
    finding::{Category, Depth, Finding, Rule, Severity, Subject},
    place::Place,
};

pub(super) static RULE: Rule = Rule {
    id: "allow-without-reason",
    code: "FH0004",
    category: Category::Files,
    decided_by: &[Depth::Text],
    severity: Severity::Warning,
    summary: "a comment allows something and does not say why",
    source: include_str!("allow_without_reason.rs"),
    ..Rule::NEW
};

/// For a comment that would allow these words.
pub(crate) fn finding(words: &str, place: Place) -> Finding {
    let message = format!("`allow {words}` gives no reason, so it allows nothing");
    Finding::new(&RULE, Subject::new("comment", format!("allow {words}")), message)
        .at(Some(place))
        .fixed_by(format!("Write `-- freehold: allow {words} because …` with the reason."), None)
}
