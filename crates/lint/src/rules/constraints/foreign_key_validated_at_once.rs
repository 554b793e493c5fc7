//! A foreign key is added to a table that was there, and every row is looked up while writes to both tables wait.
//!
//! ## What it finds
//! `ADD ... FOREIGN KEY` without `NOT VALID` on a table that an earlier migration made and that is not known to be tiny.
//!
//! ## Why it hurts
//! The statement holds SHARE ROW EXCLUSIVE on the table and on the one that it refers to until every row has been looked
//! up in the other table: reads go on, every INSERT, UPDATE and DELETE on both tables waits.
//!
//! ## Do instead
//! Add the key `NOT VALID`, which reads nothing and holds for new rows at once. `VALIDATE CONSTRAINT` in a migration
//! that follows looks the old rows up while reads and writes go on.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All. Before 18 a partitioned table takes no foreign key that is `NOT VALID`: there the key is added `NOT VALID` to
//! each partition and validated, and the one on the partitioned table then finds them.
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
        id: "foreign-key-validated-at-once",
        code: "FH0302",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::ShareRowExclusive),
        hazards: &[37],
        summary: "a foreign key is added to an existing table and all its rows are looked up while writes wait",
        source: include_str!("foreign_key_validated_at_once.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-scan"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some((constraint, _)) = change.added_constraint() else { continue };
        if constraint.kind != ConstraintKind::ForeignKey || constraint.not_valid || constraint.not_enforced {
            continue;
        }
        let Some(split) = split(context, &change) else { continue };
        let table = &change.table;
        let target = constraint.references.as_deref().unwrap_or_default();
        let target = context.state.resolve(constraint.references_schema.as_deref(), target);
        let found = context
            .found(
                findings.rule(),
                Subject::new("constraint", format!("{table}.{}", split.name)),
                format!(
                    "adding this foreign key looks up every row of {table} under SHARE ROW EXCLUSIVE on {table} and \
                     {target}: writes to both wait until the end"
                ),
            )
            .on(table)
            .claiming_all(change.claims(context, Claim::Scans));
        findings.push(if change.is_partitioned() && context.options.oldest() < 18 {
            found.advised(
                "Add the key NOT VALID to each partition and validate it there, one by one; the key on the \
                 partitioned table then finds them and reads nothing.",
            )
        } else {
            split.mends(found, context, &change)
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "foreign-key-validated-at-once";
    const TABLES: &str = "-- migration: 1_a\nCREATE TABLE p (id bigint PRIMARY KEY);\nCREATE TABLE t (id bigint PRIMARY KEY, p_id bigint);\n-- migration: 2_b\nSET LOCAL lock_timeout = '3s';\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLES}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_each_form() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES p (id);",
            "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p ON DELETE CASCADE;",
            "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0) NOT VALID, ADD FOREIGN KEY (p_id) REFERENCES p;",
            "ALTER TABLE unknown_table ADD FOREIGN KEY (p_id) REFERENCES p;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_no_rows_are_looked_up() {
        for sql in [
            "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES p (id) NOT VALID;",
            "CREATE TABLE u (p_id bigint); ALTER TABLE u ADD FOREIGN KEY (p_id) REFERENCES p;",
            "CREATE TABLE u (p_id bigint REFERENCES p);",
            "ALTER TABLE t ADD COLUMN q_id bigint REFERENCES p;",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }
}
