//! A script begins or ends transactions itself.
//!
//! ## What it finds
//! BEGIN, COMMIT or ROLLBACK in a script. A script that is wrapped as a whole (`BEGIN` first, `COMMIT` last) in a tool
//! that sends it as it is, is what the author meant, and silent; anything else is told.
//!
//! ## Why it hurts
//! In a tool that opens a transaction of its own, a COMMIT in the script ends that one: what follows is no longer
//! atomic, and the tool records the migration apart from its effect.
//!
//! ## Do instead
//! Leave transactions to the tool; where the script must commit in between, mark it as running without a transaction.
//!
//! ## When to ignore
//! When the tool is known to send scripts as they are.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity};

use super::{Case, refusal};
use crate::step::{Delivery, Script};

pub(super) static RULE: Rule = Rule {
    id: "script-ends-transaction",
    code: "FH1119",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[116],
    severity: Severity::Note,
    summary: "the script begins or ends transactions itself",
    source: include_str!("script_ends_transaction.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let mut found = told(case, &case.step.up);
    found.extend(case.step.down.iter().flat_map(|down| told(case, down)));
    found
}

fn told(case: &Case<'_>, script: &Script) -> Vec<Finding> {
    let bounds: Vec<_> =
        script.statements.iter().enumerate().filter(|(_, s)| s.bounds_transaction()).collect();
    let Some((_, first)) = bounds.first() else { return Vec::new() };
    let last = script.statements.len().saturating_sub(1);
    let whole = matches!(bounds.as_slice(), [(0, _), (end, _)] if *end == last);
    if whole && script.delivery != Delivery::Wrapped {
        return Vec::new();
    }
    let message = if script.delivery == Delivery::Wrapped {
        "the script begins or ends transactions itself, inside the one that the migration tool opens"
    } else {
        "the script begins or ends transactions itself, so it is not applied as a whole or not at all"
    };
    let mut finding = Finding::new(&RULE, refusal::subject(case.step), message).at(Some(first.place.clone()));
    for (_, statement) in &bounds {
        finding = finding
            .because(Evidence::Saw(format!("line {}: {}", statement.place.start.line, statement.headline)));
    }
    vec![finding]
}
