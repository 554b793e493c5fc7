//! A script begins a transaction inside the one that it has begun already.
//!
//! ## What it finds
//! `BEGIN` after a `BEGIN` that was not ended.
//!
//! ## Why it hurts
//! PostgreSQL has no transactions in transactions: the second `BEGIN` gives a warning and does nothing, and the first
//! `COMMIT` ends everything. What was meant to be undone alone is not.
//!
//! ## Do instead
//! Remove the inner `BEGIN` and `COMMIT`, or use `SAVEPOINT` and `ROLLBACK TO`.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, BEGIN, Notes.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::TransactionControl;

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
    walk::Block,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "transaction-begun-twice",
        code: "FH0907",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[116],
        summary: "a transaction is begun inside a transaction",
        source: include_str!("transaction_begun_twice.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for bound in &context.walk.marks.bounds {
        if !matches!((&bound.control, bound.block), (TransactionControl::Begin, Block::Own(_))) {
            continue;
        }
        let subject = Subject::new("script", context.script.label.clone());
        let message = "a transaction is open here already: this BEGIN does nothing, and the first COMMIT ends everything";
        let mut found = context
            .found(findings.rule(), subject, bound.span, message)
            .advised("Remove the inner BEGIN and COMMIT, or use SAVEPOINT.");
        found.statement = Some(bound.statement);
        findings.push(found);
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn only_a_begin_in_a_begun_transaction_is_told() {
        let fires = |sql: &str| {
            let text = format!("-- migration: 1_a (no transaction)\n{sql}");
            said(&text).iter().any(|(id, _)| *id == "transaction-begun-twice")
        };
        assert!(fires("BEGIN;\nBEGIN;\nCOMMIT;"));
        assert!(!fires("BEGIN;\nCOMMIT;\nBEGIN;\nCOMMIT;"));
        assert!(!fires("BEGIN;\nSAVEPOINT a;\nROLLBACK TO a;\nCOMMIT;"));
    }
}
