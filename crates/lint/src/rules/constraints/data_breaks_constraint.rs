//! Rows that are there break what the statement demands: it will fail.
//!
//! ## What it finds
//! In a production database that was asked: NULLs in a column that becomes NOT NULL or part of a key, duplicates under a
//! new UNIQUE constraint or index, rows without a partner under a new foreign key, rows against a new CHECK, values that do
//! not fit into a column's new type. Asked with read-only queries, and only when a run is told to ask (`--probe-data`). A
//! table whose rows the same transaction, or an earlier script that is not applied, changes before is silent: that may mend
//! them.
//!
//! ## Why it hurts
//! The migration works on every developer's database and stops in production, after holding its locks for the length of
//! the scan.
//!
//! ## Do instead
//! Mend the rows in a migration that comes before, or add the constraint `NOT VALID` so that it holds for new rows.
//!
//! ## When to ignore
//! When the rows will have been mended by other means before the migration runs.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! The answers of the database itself.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::Context,
    found::Findings,
    probes,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "data-breaks-constraint",
        code: "FH0313",
        category: Category::Constraints,
        severity: Severity::Error,
        decided_by: &[Depth::Production],
        hazards: &[47],
        summary: "rows in production break a constraint that the statement adds: it will fail",
        source: include_str!("data_breaks_constraint.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["fails-on-existing-rows"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(production) = &context.options.production else { return };
    if production.violations.is_empty() {
        return;
    }
    let Some(tree) = context.tree else { return };
    for probe in probes::of(tree, &context.statement.effect.actions, context.state) {
        let rows =
            production.violations.get(&(probe.table.clone(), probe.what.clone())).copied().unwrap_or(0);
        let table = &probe.table;
        if rows == 0 || context.is_new(table) || context.walk.changed_rows.contains_key(table) {
            continue;
        }
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", table.to_string()),
                    format!(
                        "production has {rows} {} in {table} that break this demand: {}. It fails unless they are mended \
                         before",
                        probe.counted, probe.what
                    ),
                )
                .on(table)
                .because(format!("{rows} by {}", probe.sql))
                .advised(
                    "Mend these rows in a migration that comes before, or add the constraint NOT VALID.",
                ),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "data-breaks-constraint";
    const TABLE: &str =
        "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, n bigint);\n-- migration: 2_b\n";

    fn fires(answer: &str, sql: &str) -> bool {
        ids(&format!("-- option: violation {answer}\n{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_when_production_says_so() {
        assert!(fires("t 3 n is not null", "ALTER TABLE t ALTER COLUMN n SET NOT NULL;"));
        assert!(fires("t 3 (n) is unique", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (n);"));
        assert!(fires("t 3 n > 0", "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0);"));
    }

    #[test]
    fn it_is_silent_when_the_rows_keep_it_or_nobody_asked() {
        assert!(!fires("t 0 n is not null", "ALTER TABLE t ALTER COLUMN n SET NOT NULL;"));
        assert!(!fires("u 3 n is not null", "ALTER TABLE t ALTER COLUMN n SET NOT NULL;"));
        assert!(!fires("t 3 n > 0", "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;"));
        assert!(!ids(&format!("{TABLE}ALTER TABLE t ALTER COLUMN n SET NOT NULL;")).contains(&ID));
    }
}
