//! An index is to be built concurrently on a partitioned table, which the server refuses.
//!
//! ## What it finds
//! `CREATE INDEX CONCURRENTLY` on a partitioned table.
//!
//! ## Why it hurts
//! The statement fails, and the migration with it.
//!
//! ## Do instead
//! Make the index `ON ONLY` the partitioned table, build one on each partition with `CREATE INDEX CONCURRENTLY`, and
//! attach each with `ALTER INDEX … ATTACH PARTITION`.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! All up to 18.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, "CONCURRENTLY".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::StatementKind;

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
    rules::locks::{
        index_built_on_partitioned_table::{ADVICE, one_by_one},
        is_partitioned,
    },
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "concurrent-index-on-partitioned-table",
        code: "FH0123",
        category: Category::Locks,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        hazards: &[8],
        summary: "CREATE INDEX CONCURRENTLY on a partitioned table is refused",
        source: include_str!("concurrent_index_on_partitioned_table.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["migration-fails"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let StatementKind::CreateIndex { concurrently: true, .. } = context.statement.effect.kind else { return };
    let Some((table, _)) = context.main_relation() else { return };
    if !is_partitioned(context, &table) {
        return;
    }
    let found = context
        .found(
            findings.rule(),
            Subject::new("table", table.to_string()),
            format!("{table} is partitioned: the server builds no index on it concurrently and refuses this"),
        )
        .on(&table);
    findings.push(match one_by_one(context, &table) {
        Some(statements) => found.fixed_by(ADVICE, statements.join(";\n")),
        None => found.advised(ADVICE),
    });
}
