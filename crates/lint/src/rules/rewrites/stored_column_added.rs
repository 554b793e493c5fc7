//! A generated column is stored, and every row is written again for it.
//!
//! ## What it finds
//! `ADD COLUMN ... GENERATED ALWAYS AS (...) STORED` on a table that was there, and `ALTER COLUMN ... SET EXPRESSION` of a
//! stored one.
//!
//! ## Why it hurts
//! The server writes the whole table again, and builds all of its indexes again, under ACCESS EXCLUSIVE: reads and writes
//! wait until the end, the disk holds the table twice meanwhile, and replicas get all of it.
//!
//! ## Do instead
//! Add a plain column, fill it for new rows by a trigger and for old ones in batches; an expression that is only searched
//! by needs no column but an index on the expression, which can be built concurrently; from 18 on a VIRTUAL column costs
//! nothing.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All; `SET EXPRESSION` from 17 on, VIRTUAL from 18 on.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, notes on adding a stored generated column.

use freehold_model::{
    catalog::Generated,
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::display_identifier,
};
use freehold_sql::Action;

use crate::{
    alter::{Change, changes},
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "stored-column-added",
        code: "FH0206",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::AccessExclusive),
        hazards: &[28],
        summary: "a stored generated column is added, which writes all rows of an existing table again",
        source: include_str!("stored_column_added.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-rewrite"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    for change in changes(context) {
        let Some(column) = stored_column(&change).filter(|_| !change.adds_what_is_there()) else { continue };
        let table = &change.table;
        let column = display_identifier(column);
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("column", format!("{table}.{column}")),
                    format!(
                        "{column} is computed and stored, so this writes every row of {table} again under ACCESS EXCLUSIVE: \
                         reads and writes of it wait until the end"
                    ),
                )
                .on(table)
                .claiming_all(change.claims(context, Claim::Rewrites))
                .advised(
                    "Add a plain column that a trigger fills for new rows and batches for old ones, or build an index on \
                     the expression concurrently instead.",
                ),
        );
    }
}

/// The column whose stored values the action computes for all rows.
fn stored_column<'c>(change: &Change<'c>) -> Option<&'c str> {
    match change.action {
        Action::AddColumn { column, .. } => (column.generated_stored == Some(true)).then_some(&column.name),
        Action::SetExpression { column } => {
            let known = change.known.and_then(|known| known.relation.column(column));
            known.is_none_or(|known| known.generated != Some(Generated::Virtual)).then_some(column)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "stored-column-added";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, g bigint GENERATED ALWAYS AS (id * 2) STORED);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_stored_columns() {
        assert!(fires("ALTER TABLE t ADD COLUMN h bigint GENERATED ALWAYS AS (id * 3) STORED;"));
        assert!(fires("ALTER TABLE t ALTER COLUMN g SET EXPRESSION AS (id * 4);"));
        assert!(fires("ALTER TABLE unknown_table ADD h bigint GENERATED ALWAYS AS (id * 3) STORED;"));
    }

    #[test]
    fn it_is_silent_for_what_is_computed_on_reading_or_new() {
        assert!(!fires("ALTER TABLE t ADD COLUMN h bigint GENERATED ALWAYS AS (id * 3) VIRTUAL;"));
        assert!(!fires(
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS g bigint GENERATED ALWAYS AS (id * 2) STORED;"
        ));
        assert!(!fires("CREATE TABLE u (id bigint, h bigint GENERATED ALWAYS AS (id * 3) STORED);"));
    }
}
