//! A statement that PostgreSQL refuses inside a transaction is sent inside one.
//!
//! ## What it finds
//! `CREATE INDEX CONCURRENTLY`, `VACUUM`, `ALTER SYSTEM`, `CREATE DATABASE`, `REINDEX` of a partitioned table and
//! their kin in a script that the project's tool wraps in a transaction, between the script's own `BEGIN` and
//! `COMMIT`, or beside other statements in a script that is sent as one message, which PostgreSQL treats as one
//! transaction.
//!
//! ## Why it hurts
//! The server refuses it with SQLSTATE 25001: the migration fails on every database, at deployment.
//!
//! ## Do instead
//! Give it a migration of its own, marked as running outside a transaction in the way of the tool; with golang-migrate
//! and its kin a file that holds this one statement.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, VACUUM, ALTER SYSTEM: "cannot be executed inside a transaction block"; Protocol,
//! "Multiple Statements in a Simple Query".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::Delivery;

use crate::{
    context::ScriptContext,
    found::{Findings, Remedy},
    rule::{Check, LintRule},
    walk::{Block, Refused},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "forbidden-in-transaction",
        code: "FH0904",
        category: Category::Security,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Execution],
        hazards: &[115],
        summary: "a statement that PostgreSQL refuses in a transaction is sent in one",
        source: include_str!("forbidden_in_transaction.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &["statement-forbidden-in-transaction"],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    let walk = context.walk;
    for refused in &walk.marks.refused {
        let within = match (refused.block, context.script.delivery) {
            (Block::Own(_), _) => "between the script's BEGIN and COMMIT",
            (_, Delivery::Wrapped) if !refused.after_end => "in a script that runs in one transaction",
            (_, Delivery::Implicit) if walk.number > 1 => {
                "beside other statements in a script that is sent as one message, which is one transaction"
            }
            _ => continue,
        };
        let subject = Subject::new("script", context.script.label.clone());
        let message = format!("{}, and it stands {within}: the migration fails", refused.why);
        let mut found = context
            .found(findings.rule(), subject, refused.span, message)
            .advised("Move it to a migration of its own that runs outside a transaction.");
        found.statement = Some(refused.statement);
        found.remedy = remedy(refused).filter(|_| walk.number > 1 && refused.block == Block::Tool);
        findings.push(found);
    }
}

/// Only what is known to do the same on its own a moment later is moved.
fn remedy(refused: &Refused) -> Option<Remedy> {
    let index = refused.index.as_ref()?;
    // An interrupted attempt leaves an INVALID index of that name.
    let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {index}");
    Some(Remedy::MoveWithoutTransaction {
        keep: None,
        statements: vec![drop.clone(), refused.text.clone()],
        undo: vec![drop],
        name: "build_index".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "forbidden-in-transaction").count()
    }

    #[test]
    fn what_decides_is_the_transaction_that_it_meets() {
        let cic = "CREATE INDEX CONCURRENTLY i ON t (a);";
        assert_eq!(fires(&format!("-- migration: 1_a\n{cic}")), 1);
        assert_eq!(fires(&format!("-- migration: 1_a (no transaction)\n{cic}")), 0);
        assert_eq!(fires(&format!("-- migration: 1_a (no transaction)\nSELECT 1;\n{cic}")), 0);
        assert_eq!(fires(&format!("-- migration: 1_a (no transaction)\nBEGIN;\n{cic}\nCOMMIT;")), 1);
        assert_eq!(fires(&format!("-- migration: 1_a (one message)\n{cic}")), 0);
        assert_eq!(fires(&format!("-- migration: 1_a (one message)\n{cic}\nSELECT 1;")), 1);
        // A tool that sends the statements one by one has no transaction any more.
        assert_eq!(fires(&format!("-- migration: 1_a\nCOMMIT;\n{cic}\nBEGIN;")), 0);
    }

    #[test]
    fn every_statement_of_that_kind_is_told_once() {
        assert_eq!(
            fires("VACUUM t;\nREINDEX INDEX CONCURRENTLY i;\nDROP INDEX CONCURRENTLY i;\nREINDEX TABLE t;"),
            3
        );
        assert_eq!(fires("ALTER TYPE mood ADD VALUE 'calm';\nREFRESH MATERIALIZED VIEW CONCURRENTLY m;"), 0);
    }
}
