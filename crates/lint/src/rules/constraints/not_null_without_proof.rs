//! A column becomes NOT NULL, and every row is read while nobody can use the table.
//!
//! ## What it finds
//! `ALTER COLUMN ... SET NOT NULL` (from 18 on also `ADD CONSTRAINT ... NOT NULL` that is not `NOT VALID`) on a table that
//! was there, when no validated CHECK proves that the column holds no NULL. A column that is NOT NULL already is silent.
//!
//! ## Why it hurts
//! The statement holds ACCESS EXCLUSIVE on the table until it has read every row: reads and writes wait, and whoever
//! queues behind them waits too.
//!
//! ## Do instead
//! Add `CHECK (column IS NOT NULL) NOT VALID`; in a migration that follows validate it, which reads the rows while reads
//! and writes go on, then `SET NOT NULL`, which finds the proof and reads nothing, and drop the CHECK. A column that the
//! same script adds with a constant default can be NOT NULL from the start: that reads nothing either.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All. From 18 on `ADD CONSTRAINT ... NOT NULL column NOT VALID` and `VALIDATE CONSTRAINT` do without the CHECK.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "SET/DROP NOT NULL".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};
use freehold_sql::{Action, ConstraintKind};

use crate::{
    alter::{Change, added::NotNull, changes, proof},
    context::Context,
    found::{Claim, Findings, Found, Remedy},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "not-null-without-proof",
        code: "FH0303",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[38],
        advice: &[13],
        summary: "a column becomes NOT NULL and all rows are read while the table is locked",
        source: include_str!("not_null_without_proof.rs"),
    },
    check: Check::Statement(check),
    same_as: &["blocking-scan"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some(column) = column_to_read(&change) else { continue };
        if change.spares_partitions() || is_settled(context, &change, column) {
            continue;
        }
        let table = &change.table;
        let found = context
            .found(
                findings.rule(),
                Subject::new("column", format!("{table}.{}", display_identifier(column))),
                format!(
                    "nothing proves that {} holds no NULL, so this reads every row of {table} under ACCESS EXCLUSIVE: \
                     reads and writes of it wait until the end",
                    display_identifier(column)
                ),
            )
            .on(table)
            .claiming_all(change.claims(context, Claim::Scans));
        findings.push(mended(found, context, &change, column));
    }
}

/// The column whose values the action looks at.
fn column_to_read<'c>(change: &Change<'c>) -> Option<&'c str> {
    match change.action {
        Action::SetNotNull { column } => Some(column),
        Action::AddConstraint(constraint)
            if constraint.kind == ConstraintKind::NotNull && !constraint.not_valid =>
        {
            constraint.columns.first().map(String::as_str)
        }
        _ => None,
    }
}

/// The column is NOT NULL, or the server will find a proof.
fn is_settled(context: &Context<'_>, change: &Change<'_>, column: &str) -> bool {
    let Some(known) = change.known else { return false };
    known.relation.column(column).is_some_and(|column| column.not_null)
        || proof::not_null(context.state, &change.table, column)
        || is_settled_below(context, change, column)
}

/// The rows are in partitions, and each of those has its own proof.
fn is_settled_below(context: &Context<'_>, change: &Change<'_>, column: &str) -> bool {
    let leaves = change.leaves(context);
    !leaves.is_empty() && leaves.iter().all(|leaf| proof::not_null(context.state, leaf, column))
}

fn mended(found: Found, context: &Context<'_>, change: &Change<'_>, column: &str) -> Found {
    let steps = NotNull::steps(context, change, column);
    let found = found.fixed_by(
        "Add the condition NOT VALID, and validate it in a migration that follows: SET NOT NULL then finds the proof.",
        change.instead(&steps.all()),
    );
    if !context.is_up() {
        return found;
    }
    let loosened =
        format!("{} ALTER COLUMN {} DROP NOT NULL", change.alter_table(), display_identifier(column));
    found.mended_by(Remedy::Follow {
        keep: change.instead(std::slice::from_ref(&steps.add)),
        statements: steps.after,
        undo: vec![loosened, steps.add],
        name: format!("validate_{}", steps.name),
    })
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "not-null-without-proof";
    const TABLE: &str =
        "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, n bigint, m bigint NOT NULL);\n";

    fn fires(earlier: &str, sql: &str) -> bool {
        ids(&format!("{TABLE}{earlier}-- migration: 9_z\nSET LOCAL lock_timeout = '3s';\n{sql}"))
            .contains(&ID)
    }

    #[test]
    fn it_fires_without_a_proof() {
        for sql in [
            "ALTER TABLE t ALTER COLUMN n SET NOT NULL;",
            "ALTER TABLE t ALTER n SET DEFAULT 0, ALTER n SET NOT NULL;",
            "ALTER TABLE t ADD CONSTRAINT nn NOT NULL n;",
            "ALTER TABLE unknown_table ALTER n SET NOT NULL;",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (n IS NOT NULL) NOT VALID; ALTER TABLE t ALTER n SET NOT NULL;",
        ] {
            assert!(fires("", sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_with_a_proof_or_nothing_to_do() {
        let proven = "-- migration: 2_b\nALTER TABLE t ADD CONSTRAINT c CHECK (n IS NOT NULL) NOT VALID;\n-- migration: 3_c\nALTER TABLE t VALIDATE CONSTRAINT c;\n";
        assert!(!fires(proven, "ALTER TABLE t ALTER COLUMN n SET NOT NULL;"));
        for sql in [
            "ALTER TABLE t ALTER COLUMN m SET NOT NULL;",
            "ALTER TABLE t ALTER COLUMN id SET NOT NULL;",
            "CREATE TABLE u (n bigint); ALTER TABLE u ALTER n SET NOT NULL;",
            "ALTER TABLE t ADD COLUMN o bigint NOT NULL DEFAULT 0;",
            "ALTER TABLE t ADD CONSTRAINT nn NOT NULL n NOT VALID;",
        ] {
            assert!(!fires("", sql), "{sql}");
        }
    }
}
