//! An index becomes the primary key, and every row is read because its columns may hold NULL.
//!
//! ## What it finds
//! `ADD PRIMARY KEY USING INDEX` on a table that was there, when a column of the index is known to allow NULL and no
//! validated CHECK proves that it holds none.
//!
//! ## Why it hurts
//! A primary key makes its columns NOT NULL. The index spares the sorting, but the server still reads every row under
//! ACCESS EXCLUSIVE to look for NULL: reads and writes wait, and whoever queues behind them waits too.
//!
//! ## Do instead
//! Make the columns NOT NULL before, by a CHECK that is added `NOT VALID` and validated while reads and writes go on.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, "ADD table_constraint_using_index".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};
use freehold_sql::ConstraintKind;

use crate::{
    alter::{added::NotNull, changes, through_index},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "key-on-nullable-column",
        code: "FH0306",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[41],
        summary: "an index on a column that may hold NULL becomes the primary key, and all rows are read for it",
        source: include_str!("key_on_nullable_column.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-scan"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some((constraint, _)) = change.added_constraint() else { continue };
        let index = constraint.using_index.as_deref();
        let Some(index) = index.filter(|_| constraint.kind == ConstraintKind::PrimaryKey) else { continue };
        let columns = through_index::columns_of_index(&change, index);
        let nullable = through_index::nullable(context, &change, &columns);
        if nullable.is_empty() {
            continue;
        }
        let table = &change.table;
        let shown: Vec<String> = nullable.iter().map(|column| display_identifier(column)).collect();
        let mut statements: Vec<String> =
            nullable.iter().flat_map(|column| NotNull::steps(context, &change, column).all()).collect();
        statements.extend(change.alone(|_| {}));
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", table.to_string()),
                    format!(
                        "the primary key makes {} NOT NULL, which nothing proves yet: this reads every row of {table} \
                         under ACCESS EXCLUSIVE, and reads and writes of it wait until the end",
                        shown.join(" and ")
                    ),
                )
                .on(table)
                .claiming_all(change.claims(context, Claim::Scans))
                .fixed_by(
                    "Make the column NOT NULL first, by a CHECK that was validated in an earlier migration.",
                    change.instead(&statements),
                ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "key-on-nullable-column";

    fn fires(columns: &str, earlier: &str) -> bool {
        let text = format!(
            "-- migration: 1_a\nCREATE TABLE t ({columns});\nCREATE UNIQUE INDEX t_id_idx ON t (id);\n{earlier}-- migration: 9_z\nSET LOCAL lock_timeout = '3s';\nALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_id_idx;"
        );
        ids(&text).contains(&ID)
    }

    #[test]
    fn it_fires_when_the_column_may_hold_null_and_only_then() {
        assert!(fires("id bigint", ""));
        assert!(fires("id bigint", "ALTER TABLE t ADD CONSTRAINT c CHECK (id IS NOT NULL) NOT VALID;\n"));
        assert!(!fires("id bigint NOT NULL", ""));
        assert!(!fires("id bigint, CONSTRAINT c CHECK (id IS NOT NULL)", ""));
    }

    #[test]
    fn it_is_silent_about_what_it_does_not_know() {
        assert!(!ids("ALTER TABLE t ADD PRIMARY KEY USING INDEX t_id_idx;").contains(&ID));
    }
}
