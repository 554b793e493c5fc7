//! A script begins a transaction and does not end it.
//!
//! ## What it finds
//! `BEGIN` or `START TRANSACTION` without a `COMMIT` or `ROLLBACK` after it, in a script that the tool does not wrap
//! itself.
//!
//! ## Why it hurts
//! What the script did is rolled back when the session ends, or it is committed by chance by a later script; until
//! then its locks are held and everybody waits for them.
//!
//! ## Do instead
//! End the transaction with `COMMIT`, or leave transactions to the tool.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, BEGIN.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::{Delivery, TransactionControl};

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
    walk::Block,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "transaction-left-open",
        code: "FH0906",
        category: Category::Security,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Execution],
        hazards: &[116],
        summary: "a transaction is begun and never ended",
        source: include_str!("transaction_left_open.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    let Block::Own(begun) = context.walk.block else { return };
    // Around a BEGIN in a transaction of the tool it is the tool that commits.
    if context.script.delivery == Delivery::Wrapped {
        return;
    }
    let bounds = &context.walk.marks.bounds;
    let Some(bound) = bounds.iter().rfind(|bound| bound.statement <= begun) else { return };
    let subject = Subject::new("script", context.script.label.clone());
    let chained = !matches!(bound.control, TransactionControl::Begin);
    let message = if chained {
        "AND CHAIN begins another transaction here and nothing in the script ends it"
    } else {
        "a transaction is begun here and nothing in the script ends it: its work is lost when the session ends, and its locks are held until then"
    };
    let mut found = context
        .found(findings.rule(), subject, bound.span, message)
        .advised("End the script with COMMIT, or leave transactions to the tool.");
    found.statement = Some(bound.statement);
    findings.push(found);
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        said(text).iter().any(|(id, _)| *id == "transaction-left-open")
    }

    #[test]
    fn only_a_transaction_that_is_open_at_the_end_is_told() {
        assert!(fires("-- migration: 1_a (no transaction)\nBEGIN;\nSELECT 1;"));
        assert!(fires(
            "-- migration: 1_a (one message)\nSTART TRANSACTION;\nSELECT 1;\nSAVEPOINT a;\nRELEASE a;"
        ));
        assert!(fires("-- migration: 1_a (no transaction)\nBEGIN;\nCOMMIT;\nBEGIN;\nSELECT 1;"));
        assert!(!fires("-- migration: 1_a (no transaction)\nBEGIN;\nSELECT 1;\nCOMMIT;"));
        assert!(!fires("-- migration: 1_a (no transaction)\nBEGIN;\nSELECT 1;\nEND;"));
        assert!(!fires("-- migration: 1_a (no transaction)\nBEGIN;\nSELECT 1;\nROLLBACK;"));
    }
}
