//! Up, down and up again is refused, or does not give what the first up gave.
//!
//! ## What it finds
//! After a down that restored the schema, the up is run once more. It was refused, or the catalog differs from the one
//! after the first up, or tables hold more or fewer rows than after the first up.
//!
//! ## Why it hurts
//! A developer who steps back and forth, or a release that was rolled back and is tried again, ends with another
//! database than everybody else.
//!
//! ## Do instead
//! Let the down remove all that the up made, rows and types included, and let the up not depend on what happened to
//! be there (`IF NOT EXISTS` around an object of the same name hides a difference).
//!
//! ## When to ignore
//! When the difference is a generated value that nobody relies on.

use freehold_model::{
    catalog::Difference,
    finding::{Category, Depth, Evidence, Finding, Rule, Severity},
};

use super::{Case, refusal};
use crate::{
    observation::RowsOutcome,
    weight::{Weight, weight},
};

pub(super) static RULE: Rule = Rule {
    id: "reapply-differs",
    code: "FH1110",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[65],
    severity: Severity::Error,
    summary: "up, down and up again does not give what the first up gave",
    source: include_str!("reapply_differs.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    // A down that left something behind is told already; what follows from it is no second fault.
    if case.step.down.is_none() || case.run.down_differences.iter().any(|d| weight(d) > Weight::Layout) {
        return Vec::new();
    }
    if let Some(refused) = &case.run.reapply_refused {
        let what = "the up script cannot be applied again after its down";
        return vec![refusal::finding(&RULE, case.step, &case.step.up, refused, what)];
    }
    let mut lines: Vec<String> = case
        .run
        .reapply_differences
        .iter()
        .filter(|d| weight(d) > Weight::Layout)
        .flat_map(Difference::lines)
        .collect();
    if let RowsOutcome::Compared { fates, .. } = &case.run.rows {
        // Rows that the down lost or left are told as that.
        for fate in fates.iter().filter(|fate| fate.lost == 0 && fate.left == 0) {
            if let Some((first, second)) = fate.after_up
                && first != second
            {
                lines.push(format!(
                    "table {}: {first} rows after the first up, {second} after the second",
                    fate.relation
                ));
            }
        }
    }
    if lines.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(
            &RULE,
            refusal::subject(case.step),
            "up, down and up again does not give what the first up gave",
        )
        .at(refusal::top(&case.step.up))
        .because(Evidence::Ran("up, catalog read, down, up, catalog read".to_owned()))
        .because(Evidence::Differs(lines)),
    ]
}
