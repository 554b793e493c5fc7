//! A transaction that keeps everybody from a table goes on with work that takes as long as a table is large.
//!
//! ## What it finds
//! After a statement that took ACCESS EXCLUSIVE on a table that was there, in the same transaction: a query over a table
//! that may be large, `VALIDATE CONSTRAINT`, `ANALYZE`, `REFRESH MATERIALIZED VIEW`, `COPY`. A second quick `ALTER TABLE`
//! is not told.
//!
//! ## Why it hurts
//! Locks are held to the end of the transaction. What takes a moment by itself, such as `ADD COLUMN`, then keeps readers
//! and writers out for as long as the slowest statement after it runs.
//!
//! ## Do instead
//! Put the quick change into a migration of its own, and the slow work into another one before or after it.
//!
//! ## When to ignore
//! When the tables are and stay small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, 13.3.1: locks are held until the end of the transaction.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::{Action, ObjectKind, StatementKind, Use, tree::NodeEnum};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "work-under-exclusive-lock",
        code: "FH0115",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        hazards: &[15],
        summary: "slow work is done while the transaction keeps everybody from a table",
        source: include_str!("work_under_exclusive_lock.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some((locked, held)) = &context.walk.first_exclusive else { return };
    let Some(worked_on) = slow_work(context) else { return };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", locked.to_string()),
                format!(
                    "the transaction holds ACCESS EXCLUSIVE on {locked} since statement {}: nobody can read or write \
                     it while this works through {worked_on}",
                    held.statement + 1
                ),
            )
            .on(locked)
            .advised(format!("Move this into a migration of its own, apart from the change of {locked}.")),
    );
}

/// A table that may be large and that the statement works through; rows that it changes are another rule's.
fn slow_work(context: &Context<'_>) -> Option<QualifiedName> {
    let effect = &context.statement.effect;
    let large = |use_: Use| {
        let tables = effect.objects_used(use_).filter(|object| {
            matches!(object.kind, ObjectKind::Table | ObjectKind::MaterializedView | ObjectKind::View)
        });
        let names = tables.map(|object| context.state.name_of(object));
        let is_catalog = |name: &QualifiedName| {
            name.name.starts_with("pg_")
                || matches!(name.schema.as_str(), "pg_catalog" | "information_schema")
        };
        let locked = |name: &QualifiedName| context.locks.iter().any(|lock| lock.relation == *name);
        names.filter(|name| !is_catalog(name) && locked(name)).find(|name| context.may_be_large(name))
    };
    match effect.kind {
        StatementKind::Select if !is_bounded(context.tree) => large(Use::Reads),
        StatementKind::Analyze | StatementKind::RefreshMaterializedView { concurrently: true } => {
            large(Use::Writes)
        }
        StatementKind::Copy { from: false } => large(Use::Reads),
        StatementKind::AlterTable => {
            let validates =
                effect.actions.iter().any(|action| matches!(action, Action::ValidateConstraint { .. }));
            let (table, _) = context.main_relation()?;
            // Added and validated in one transaction is told by a rule of its own.
            let here = |action: &Action| match action {
                Action::ValidateConstraint { name } => {
                    context.walk.added_not_valid.contains_key(&(table.clone(), name.clone()))
                }
                _ => false,
            };
            (validates && !effect.actions.iter().any(here) && context.may_be_large(&table)).then_some(table)
        }
        _ => None,
    }
}

/// A query that looks for a few rows: with a condition, or with `LIMIT`.
fn is_bounded(tree: Option<&NodeEnum>) -> bool {
    match tree {
        Some(NodeEnum::SelectStmt(select)) => {
            select.where_clause.is_some() || select.limit_count.is_some() || select.from_clause.is_empty()
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (a bigint PRIMARY KEY, b int);\nCREATE TABLE u (a int);\n\
                    ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0) NOT VALID;\n-- migration: 2_b\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "work-under-exclusive-lock")
    }

    #[test]
    fn slow_work_after_the_lock_is_told() {
        assert!(fires("ALTER TABLE t ADD COLUMN c int;\nALTER TABLE t VALIDATE CONSTRAINT c;"));
        assert!(fires("ALTER TABLE t ADD COLUMN c int;\nSELECT count(*) FROM u;"));
        assert!(fires("ALTER TABLE t ADD COLUMN c int;\nANALYZE t;"));
    }

    #[test]
    fn quick_changes_and_work_before_the_lock_are_silent() {
        assert!(!fires("ALTER TABLE t ADD COLUMN c int;\nALTER TABLE t ADD COLUMN d int;"));
        assert!(!fires("SELECT count(*) FROM u;\nALTER TABLE t ADD COLUMN c int;"));
        assert!(!fires("ALTER TABLE t ADD COLUMN c int;\nSELECT setval('s', 1);"));
        assert!(!fires("ALTER TABLE t ADD COLUMN c int;\nCOMMIT;\nSELECT count(*) FROM u;"));
        assert!(!fires("ALTER TABLE t ADD COLUMN c int;\nCREATE TABLE n (a int);\nSELECT count(*) FROM n;"));
    }
}
