//! A comment allows something that does not happen.
//!
//! ## What it finds
//! A rule, or a destructive word, in `-- freehold: allow …` that nothing at the statement, or in the script for which it
//! holds, needs. Rules that did not look in this run are passed over: those that are switched off, and those that only a
//! catalog, a rehearsal or production decides where there was none.
//!
//! ## Why it hurts
//! The comment outlives what it was written for and will silence the next statement that is put below it.
//!
//! ## Do instead
//! Take the comment, or the word, away. If it stands at the wrong statement, move it: it holds for the statement that it
//! stands in, behind or above; before the first statement, for the whole script.
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
    id: "allow-unused",
    code: "FH0005",
    category: Category::Files,
    decided_by: &[Depth::Text],
    severity: Severity::Warning,
    summary: "a comment allows something that does not happen",
    source: include_str!("allow_unused.rs"),
    ..Rule::NEW
};

/// For words of a comment that nothing needed. `dangling`: no statement follows the comment.
pub(crate) fn finding(words: &str, dangling: bool, place: Place) -> Finding {
    let why = if dangling {
        "no statement follows it, so it holds for none"
    } else {
        "nothing is found there that it would silence"
    };
    let message = format!("`allow {words}` is used by nothing: {why}");
    Finding::new(&RULE, Subject::new("comment", format!("allow {words}")), message)
        .at(Some(place))
        .fixed_by(format!("Take `{words}` out of the comment, or move the comment to its statement."), None)
}
