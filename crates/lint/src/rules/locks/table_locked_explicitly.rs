//! A table that was there is locked by hand so that others cannot write to it, or not even read it.
//!
//! ## What it finds
//! `LOCK TABLE` in SHARE mode or a stronger one; without a mode it is ACCESS EXCLUSIVE.
//!
//! ## Why it hurts
//! The lock is held to the end of the transaction, whatever follows. SHARE and stronger modes make every write wait,
//! ACCESS EXCLUSIVE every read as well; and while the lock is being waited for, everybody queues behind it.
//!
//! ## Do instead
//! Leave locking to the statements that need it: each takes the weakest lock that it can do with. Where rows must not
//! change for a moment, lock the rows (`SELECT … FOR UPDATE`) or use an advisory lock.
//!
//! ## When to ignore
//! When the lock is taken first on purpose, so that a short `lock_timeout` strikes before anything else was done, and
//! what follows is quick.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, LOCK, and 13.3.1 "Table-Level Locks".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::{Blocks, LockMode},
};
use freehold_sql::{StatementKind, tree::NodeEnum};

use crate::{
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
    rules::locks::locks,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "table-locked-explicitly",
        code: "FH0109",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::Share),
        hazards: &[9],
        summary: "an existing table is locked by hand against writing or reading",
        source: include_str!("table_locked_explicitly.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.statement.effect.kind != StatementKind::Lock {
        return;
    }
    let Some(NodeEnum::LockStmt(lock)) = context.tree else { return };
    let Some(mode) = crate::locks::lock_mode(lock.mode).filter(|mode| *mode >= LockMode::Share) else {
        return;
    };
    let who = match mode.blocks() {
        Blocks::ReadsAndWrites => "nobody can read or write it",
        _ => "nobody can write to it",
    };
    for object in &context.statement.effect.objects {
        let table = context.state.name_of(object);
        // With NOWAIT nobody queues, and what cannot be had at once is not taken.
        if !locks(context, &table) || !context.may_be_large(&table) {
            continue;
        }
        let severity = if lock.nowait { Severity::Note } else { Severity::Warning };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", table.to_string()),
                    format!("this holds {mode} on {table} to the end of the transaction: {who} until then"),
                )
                .with_severity(severity)
                .on(&table)
                .claiming(Claim::Locks { relation: table.clone(), mode })
                .advised(
                    "Leave the statement out: what follows takes the locks that it needs, or lock only the rows that \
                     must not change.",
                ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (a bigint PRIMARY KEY);\n-- migration: 2_b\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "table-locked-explicitly")
    }

    #[test]
    fn modes_that_keep_writers_out_are_told() {
        assert!(fires("LOCK t;"));
        assert!(fires("LOCK TABLE ONLY t IN SHARE ROW EXCLUSIVE MODE;"));
        assert!(!fires("LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE;"));
        assert!(!fires("LOCK TABLE t IN ROW EXCLUSIVE MODE;"));
        assert!(!fires("CREATE TABLE u (a bigint PRIMARY KEY);\nLOCK u;"));
    }
}
