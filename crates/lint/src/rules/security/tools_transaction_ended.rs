//! A script ends the transaction that the migration tool has opened around it.
//!
//! ## What it finds
//! `COMMIT` or `ROLLBACK` in a script that the tool wraps in a transaction. Where the whole script stands between one
//! `BEGIN` and one `COMMIT` it is told as a note: nothing comes after the end but the tool's own record.
//!
//! ## Why it hurts
//! What follows runs outside of any transaction, so that a failure leaves half of it behind, and the tool records the
//! migration apart from its effect.
//!
//! ## Do instead
//! Leave transactions to the tool. Where the script must commit in between, mark it as running without a transaction.
//!
//! ## When to ignore
//! When the tool is known to send scripts as they are.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, COMMIT.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::{Delivery, TransactionControl};

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "tools-transaction-ended",
        code: "FH0908",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Execution],
        hazards: &[116],
        summary: "a script ends the transaction that the tool has opened",
        source: include_str!("tools_transaction_ended.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &["script-ends-transaction"],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    let bounds = &context.walk.marks.bounds;
    let ends = |control: &TransactionControl| control.ends_transaction();
    let Some(end) = bounds.iter().find(|bound| ends(&bound.control)) else { return };
    if context.script.delivery != Delivery::Wrapped {
        return;
    }
    let last = context.walk.number.saturating_sub(1);
    let whole = end.statement == last;
    let message = if whole {
        "the script ends the transaction that the tool has opened, so that the tool records it in another one"
    } else {
        "the script ends the transaction that the tool has opened: what follows is not undone when it fails"
    };
    let subject = Subject::new("script", context.script.label.clone());
    let mut found = context
        .found(findings.rule(), subject, end.span, message)
        .advised("Leave BEGIN and COMMIT to the tool, or mark the script as running without a transaction.");
    if whole {
        found = found.with_severity(Severity::Note);
    }
    found.statement = Some(end.statement);
    findings.push(found);
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn only_in_a_script_that_the_tool_wraps() {
        let fires = |text: &str| said(text).iter().any(|(id, _)| *id == "tools-transaction-ended");
        assert!(fires("SELECT 1;\nCOMMIT;\nSELECT 2;"));
        assert!(fires("BEGIN;\nSELECT 1;\nCOMMIT;"));
        assert!(!fires("SAVEPOINT a;\nSELECT 1;\nROLLBACK TO a;"));
        assert!(!fires("-- migration: 1_a (no transaction)\nBEGIN;\nSELECT 1;\nCOMMIT;"));
        assert!(!fires("-- migration: 1_a (one message)\nBEGIN;\nSELECT 1;\nCOMMIT;"));
    }
}
