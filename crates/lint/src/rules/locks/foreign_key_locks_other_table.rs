//! A foreign key goes, and the table that it points to is locked against everybody although no statement names it.
//!
//! ## What it finds
//! `DROP TABLE`, `DROP CONSTRAINT`, `DROP COLUMN` and changes of a column's type that take away, or make again, a foreign
//! key to another table that was there before.
//!
//! ## Why it hurts
//! A foreign key has triggers on the table that it points to. Removing them needs ACCESS EXCLUSIVE there: the drop of a
//! table that nobody uses waits for every query on `users`, and while it waits nobody can read `users`.
//!
//! ## Do instead
//! Set a short `lock_timeout` and try again when it strikes; drop the foreign key by itself first, in a transaction that
//! does nothing else.
//!
//! ## When to ignore
//! When the other table is hardly used. With a `lock_timeout` in force this is a note.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! Seen in `pg_locks`; PostgreSQL's source, RemoveTriggerById.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::{Action, ObjectKind, StatementKind};

use crate::{
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "foreign-key-locks-other-table",
        code: "FH0111",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[11, 20],
        summary: "a foreign key goes, and the table that it points to is locked against everybody",
        source: include_str!("foreign_key_locks_other_table.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// From how many rows on a down's lock on the other table is worth a word: that a down drops what its up made is what
/// it is for.
const MANY: u64 = 100_000;

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    let touches_keys = match effect.kind {
        StatementKind::Drop { object: ObjectKind::Table, .. } => true,
        StatementKind::AlterTable => effect.actions.iter().any(|action| {
            matches!(
                action,
                Action::DropConstraint { .. } | Action::DropColumn { .. } | Action::AlterColumnType { .. }
            )
        }),
        _ => false,
    };
    if !touches_keys {
        return;
    }
    let Some((own, known)) = context.main_relation() else { return };
    for lock in context.locks {
        let other = &lock.relation;
        if lock.mode != LockMode::AccessExclusive
            || *other == own
            || context.names(other)
            || !context.may_be_large(other)
        {
            continue;
        }
        let points_there = known.is_some_and(|known| {
            known.relation.foreign_keys().any(|key| key.referenced_table.as_ref() == Some(other))
        });
        let many = context.options.rows.get(other).is_some_and(|rows| *rows >= MANY);
        if !points_there || !(context.is_up() || many) {
            continue;
        }
        let severity = if context.walk.waits_are_bounded() { Severity::Note } else { Severity::Warning };
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", other.to_string()),
                    format!(
                        "a foreign key of {own} goes or is made again: that takes ACCESS EXCLUSIVE on {other} too, so \
                         this waits for every query there and keeps all who come after it waiting"
                    ),
                )
                .with_severity(severity)
                .on(other)
                .claiming(Claim::Locks { relation: other.clone(), mode: LockMode::AccessExclusive })
                .advised(format!(
                    "Set a short lock_timeout and try again when it strikes; where {own} is dropped, drop its foreign \
                     key first, in a transaction of its own."
                )),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(text: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE u (a bigint PRIMARY KEY);\n\
                    CREATE TABLE t (b bigint CONSTRAINT t_u REFERENCES u, c text);\n-- migration: 2_b\n";
        said(&format!("{made}{text}")).iter().any(|(id, _)| *id == "foreign-key-locks-other-table")
    }

    #[test]
    fn whatever_takes_the_key_away_is_told() {
        assert!(fires("ALTER TABLE t DROP CONSTRAINT t_u;"));
        assert!(fires("ALTER TABLE t DROP COLUMN b;"));
        assert!(fires("DROP TABLE t;"));
    }

    #[test]
    fn other_columns_and_tables_that_are_named_are_silent() {
        assert!(!fires("ALTER TABLE t DROP COLUMN c;"));
        assert!(!fires("DROP TABLE t, u;"));
        assert!(!fires("SELECT 1;\n-- down:\nDROP TABLE t;"));
    }
}
