//! A down script runs but does not bring back the schema that was there before its up.
//!
//! ## What it finds
//! The catalog is read before the up and after the down, and compared object by object: tables, columns with types and
//! defaults, constraints, indexes, policies, row security, grants, owners, comments, functions, triggers, views,
//! sequences, enums, extensions, partitions, storage options. What is missing, left over or changed is listed. The
//! order of columns alone is another finding, `column-order-changes`.
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
    finding::{Evidence, Finding, Rule, Severity},
};

use super::{Case, refusal};

pub(super) static RULE: Rule = Rule {
    id: "down-does-not-restore",
    severity: Severity::Error,
    summary: "after up and down the schema is not what it was before",
    source: include_str!("down_does_not_restore.rs"),
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Some(down) = &case.step.down else { return Vec::new() };
    let refused = case.run.down.as_ref().is_none_or(|run| run.refused.is_some());
    if refused || down.statements.is_empty() {
        return Vec::new();
    }
    let count = case.run.down_differences.iter().filter(|d| !d.order_only()).count();
    let lines: Vec<String> =
        case.run.down_differences.iter().filter(|d| !d.order_only()).flat_map(told).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let message = format!(
        "after up and down the schema differs from the one before in {count} {}",
        if count == 1 { "place" } else { "places" }
    );
    let mut finding = Finding::new(&RULE, refusal::subject(case.step), message)
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
