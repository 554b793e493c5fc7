//! A script is not SQL as PostgreSQL reads it.
//!
//! ## What it finds
//! Text that PostgreSQL's own grammar refuses, a psql command such as `\copy` in a script that no psql will run, a mark
//! of a template that was never filled in. All scripts of the folder are read before anything is run, so one error
//! does not hide the next.
//!
//! ## Why it hurts
//! The migration fails on every database. In a down script it fails on the day of the roll-back.
//!
//! ## Do instead
//! Mend the script at the place that is shown.
//!
//! ## When to ignore
//! Never.

use freehold_migrate::Script;
use freehold_model::{
    finding::{Category, Depth, Evidence, Finding, Rule, Severity, Subject},
    place::Span,
};

pub(super) static RULE: Rule = Rule {
    id: "syntax-error",
    code: "FH0001",
    category: Category::Files,
    decided_by: &[Depth::Text],
    hazards: &[117],
    severity: Severity::Error,
    summary: "a script is not SQL as PostgreSQL reads it",
    source: include_str!("syntax_error.rs"),
    ..Rule::NEW
};

/// At the place in the script where the grammar gave up.
pub(crate) fn finding(
    label: &str,
    script: &Script,
    span: Span,
    message: &str,
    help: Option<String>,
) -> Finding {
    let finding = Finding::new(&RULE, Subject::new("migration", label), message.to_owned())
        .at(Some(script.place(span)))
        .because(Evidence::Ran("the script was read with PostgreSQL's grammar".to_owned()));
    match help {
        Some(advice) => finding.fixed_by(advice, None),
        None => finding,
    }
}
