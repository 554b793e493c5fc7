//! A comment that looks like an allow cannot be read, or names a rule that there is not.
//!
//! ## What it finds
//! `-- freehold: allow …` with a word that is no id and no code of a rule and no destructive word of `freehold migrate`, with
//! no words at all, or with `allow` misspelled.
//!
//! ## Why it hurts
//! Its author believes that something is allowed and explained. It is neither.
//!
//! ## Do instead
//! Write the rule as findings name it: `-- freehold: allow column-dropped because …`. `freehold rules` lists them.
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
    id: "allow-unknown",
    code: "FH0006",
    category: Category::Files,
    decided_by: &[Depth::Text],
    severity: Severity::Warning,
    summary: "a comment allows something that there is not, or cannot be read",
    source: include_str!("allow_unknown.rs"),
    ..Rule::NEW
};

/// For a comment with a word that nothing is called, or one that cannot be read. `help` is a sentence.
pub(crate) fn finding(words: &str, message: String, help: String, place: Place) -> Finding {
    Finding::new(&RULE, Subject::new("comment", words), message).at(Some(place)).fixed_by(help, None)
}
