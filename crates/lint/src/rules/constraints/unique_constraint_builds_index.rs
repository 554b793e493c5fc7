//! A UNIQUE constraint is added to a table that was there, and its index is built while nobody can use the table.
//!
//! ## What it finds
//! `ADD ... UNIQUE (...)` without `USING INDEX` on a table that an earlier migration made and that is not known to be tiny.
//!
//! ## Why it hurts
//! The statement holds ACCESS EXCLUSIVE on the table until the whole table was read and sorted: reads and writes wait, and
//! whoever queues behind them waits too.
//!
//! ## Do instead
//! Build the unique index with `CREATE UNIQUE INDEX CONCURRENTLY` outside a transaction (after dropping an INVALID one
//! that an interrupted attempt may have left), and give it to the constraint with `USING INDEX`, which takes a moment.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All. A partitioned table takes neither `CONCURRENTLY` nor `USING INDEX`: there the indexes are built on each partition.
//! UNIQUE cannot be `NOT VALID` in any version.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "ADD table_constraint_using_index".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};
use freehold_sql::ConstraintKind;

use crate::{
    alter::{changes, through_index},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "unique-constraint-builds-index",
        code: "FH0304",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[39],
        summary: "a UNIQUE constraint is added to an existing table and its index is built while the table is locked",
        source: include_str!("unique_constraint_builds_index.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-index-build"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some((constraint, tree)) = change.added_constraint() else { continue };
        if constraint.kind != ConstraintKind::Unique || constraint.using_index.is_some() {
            continue;
        }
        let table = &change.table;
        let name = through_index::name(&change, constraint, tree);
        let found = context
            .found(
                findings.rule(),
                Subject::new("constraint", format!("{table}.{name}")),
                format!(
                    "this builds the index of the UNIQUE constraint over {table} under ACCESS EXCLUSIVE: reads and \
                     writes of it wait until the end"
                ),
            )
            .on(table)
            .claiming_all(change.claims(context, Claim::BuildsIndex));
        findings.push(through_index::mended(found, context, &change, &name, tree));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "unique-constraint-builds-index";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, n bigint NOT NULL);\n-- migration: 2_b\nSET LOCAL lock_timeout = '3s';\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_each_form() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE (n);",
            "ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (n) INCLUDE (id) DEFERRABLE INITIALLY DEFERRED;",
            "ALTER TABLE t ALTER n SET DEFAULT 1, ADD UNIQUE (n);",
            "ALTER TABLE unknown_table ADD UNIQUE (n);",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_no_index_is_built_over_rows() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_n_idx;",
            "CREATE TABLE u (n bigint); ALTER TABLE u ADD UNIQUE (n);",
            "CREATE TABLE u (n bigint UNIQUE);",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }
}
