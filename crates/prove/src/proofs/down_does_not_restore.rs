//! A down script runs but does not bring back the schema that was there before its up.
//!
//! ## What it finds
//! The catalog is read before the up and after the down, and compared object by object: tables, columns with types and
//! defaults, constraints, indexes, policies, row security, grants, owners, comments, functions, triggers, views,
//! sequences, enums, extensions, partitions, storage options. What is missing, left over or changed is listed. The
//! order of columns alone is another finding, `column-order-changes`. Functions that differ in white space or comments
//! only are a note. An enum that keeps labels which the up added is a warning, as long as the up can be applied again:
//! PostgreSQL has no command to take a label away.
//!
//! ## Why it hurts
//! A database that was rolled back is not the database that the older code knows, and the same migration often
//! cannot be applied again: "already exists".
//!
//! ## Do instead
//! Add what is listed as missing to the down script, and remove there what is listed as left over.
//!
//! ## When to ignore
//! When the difference is meant and harmless, such as an extension that other databases may use by then.

use freehold_model::{
    catalog::{Change, Difference},
    finding::{Category, Depth, Evidence, Finding, Rule, Severity},
};

use super::{Case, refusal};
use crate::weight::{Weight, weight};

pub(super) static RULE: Rule = Rule {
    id: "down-does-not-restore",
    code: "FH1106",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[64],
    severity: Severity::Error,
    summary: "after up and down the schema is not what it was before",
    source: include_str!("down_does_not_restore.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Some(down) = &case.step.down else { return Vec::new() };
    let refused = case.run.down.as_ref().is_none_or(|run| run.refused.is_some());
    if refused || down.statements.is_empty() {
        return Vec::new();
    }
    let told_here: Vec<&Difference> =
        case.run.down_differences.iter().filter(|difference| weight(difference) > Weight::Order).collect();
    let Some(heaviest) = told_here.iter().map(|difference| weight(difference)).max() else {
        return Vec::new();
    };
    let (message, severity) = match heaviest {
        Weight::Layout => {
            ("after up and down functions differ from before in white space or comments".to_owned(), Severity::Note)
        }
        Weight::KeptLabels if case.run.went_there_and_back => (
            "after up and down an enum keeps the labels that the up added; PostgreSQL cannot take labels away"
                .to_owned(),
            Severity::Warning,
        ),
        _ => {
            let count = told_here.len();
            let places = if count == 1 { "place" } else { "places" };
            (format!("after up and down the schema differs from the one before in {count} {places}"), RULE.severity)
        }
    };
    let lines: Vec<String> = told_here.into_iter().flat_map(told).collect();
    let mut finding = Finding::new(&RULE, refusal::subject(case.step), message)
        .with_severity(severity)
        .at(refusal::top(down))
        .because(Evidence::Ran("catalog read, up, down, catalog read".to_owned()))
        .because(Evidence::Differs(lines));
    if let Some(refused) = &case.run.reapply_refused {
        let again = format!("the up, run again after the down, is refused: {}", refusal::words(refused));
        finding = finding.because(Evidence::Saw(again));
    }
    vec![finding]
}

/// The lines of a difference; what a down did not take away is left over rather than added.
fn told(difference: &Difference) -> Vec<String> {
    let mut lines = difference.lines();
    if let (Change::Added { .. }, Some(first)) = (&difference.change, lines.first_mut()) {
        *first = first.replacen(" is added", " is left over", 1);
    }
    lines
}
