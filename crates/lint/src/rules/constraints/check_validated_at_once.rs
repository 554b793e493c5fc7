//! A CHECK is added to a table that was there, and every row is read while nobody can use the table.
//!
//! ## What it finds
//! `ADD CONSTRAINT ... CHECK` without `NOT VALID` on a table that an earlier migration made and that is not known to be
//! tiny. A table that the same script makes has no rows yet.
//!
//! ## Why it hurts
//! The statement holds ACCESS EXCLUSIVE on the table until it has read every row: reads and writes wait, and whoever
//! queues behind them waits too.
//!
//! ## Do instead
//! Add the constraint `NOT VALID`, which reads nothing and holds for new rows at once. `VALIDATE CONSTRAINT` in a
//! migration that follows reads the rows while reads and writes go on.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All. From 18 on a CHECK that is `NOT ENFORCED` reads nothing and is not told.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "ADD table_constraint [ NOT VALID ]" and the notes on `VALIDATE CONSTRAINT`.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::ConstraintKind;

use crate::{
    alter::{added::split, changes},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "check-validated-at-once",
        code: "FH0301",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[36],
        summary: "a CHECK is added to an existing table and all its rows are read while it is locked",
        source: include_str!("check_validated_at_once.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-scan"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some((constraint, _)) = change.added_constraint() else { continue };
        let reads_rows = constraint.kind == ConstraintKind::Check
            && !constraint.not_valid
            && !constraint.not_enforced
            && !change.spares_partitions();
        let Some(split) = split(context, &change).filter(|_| reads_rows) else { continue };
        let table = &change.table;
        let found = context
            .found(
                findings.rule(),
                Subject::new("constraint", format!("{table}.{}", split.name)),
                format!(
                    "adding this CHECK reads every row of {table} under ACCESS EXCLUSIVE: reads and writes of it wait \
                     until the end"
                ),
            )
            .on(table)
            .claiming_all(change.claims(context, Claim::Scans));
        findings.push(split.mends(found, context, &change));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "check-validated-at-once";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, n bigint NOT NULL);\n-- migration: 2_b\nSET LOCAL lock_timeout = '3s';\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_each_form() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0);",
            "ALTER TABLE ONLY t ADD CHECK (n > 0);",
            "ALTER TABLE IF EXISTS public.t ALTER n SET DEFAULT 1, ADD CONSTRAINT c CHECK (n > 0) NO INHERIT;",
            "ALTER TABLE unknown_table ADD CONSTRAINT c CHECK (n > 0);",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_no_rows_are_read() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;",
            "CREATE TABLE u (n bigint); ALTER TABLE u ADD CONSTRAINT c CHECK (n > 0);",
            "CREATE TABLE u (n bigint CHECK (n > 0));",
        ] {
            assert!(!fires(sql), "{sql}");
        }
        assert!(
            !ids(&format!("-- option: rows t 10\n{TABLE}ALTER TABLE t ADD CHECK (n > 0);")).contains(&ID)
        );
    }
}
