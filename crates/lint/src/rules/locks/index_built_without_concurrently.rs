//! An index is built over a table that was there while nobody can write to it.
//!
//! ## What it finds
//! `CREATE INDEX` without `CONCURRENTLY` on a table that an earlier migration made and that is not known to be tiny. A
//! table that the same script makes is nobody's business yet.
//!
//! ## Why it hurts
//! The build holds SHARE on the table: reads go on, every INSERT, UPDATE and DELETE waits until the whole table was
//! read and sorted, and whoever queues behind them waits too.
//!
//! ## Do instead
//! `CREATE INDEX CONCURRENTLY` in a migration of its own that runs outside a transaction, after dropping an INVALID
//! index of that name which an interrupted attempt may have left.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All. A partitioned table takes no `CONCURRENTLY`: that is told by another rule.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently".

use freehold_model::{
    catalog::RelationKind,
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::{QualifiedName, quote_identifier},
};
use freehold_sql::{StatementKind, tree::NodeEnum};

use crate::{
    context::Context,
    found::{Claim, Findings, Remedy},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "index-built-without-concurrently",
        code: "FH0101",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        lock: Some(LockMode::Share),
        hazards: &[1],
        summary: "an index is built over an existing table while its writers wait",
        source: include_str!("index_built_without_concurrently.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &["blocking-index-build"],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let StatementKind::CreateIndex { concurrently: false, .. } = context.statement.effect.kind else {
        return;
    };
    let Some((table, known)) = context.main_relation() else { return };
    let partitioned = known.is_some_and(|known| known.relation.kind == RelationKind::PartitionedTable);
    if partitioned || !context.may_be_large(&table) {
        return;
    }
    let Some(concurrent) = concurrently(context.text) else { return };
    let index =
        context.statement.effect.objects.first().map(|object| object.name.clone()).unwrap_or_default();
    let if_not_exists = matches!(context.tree, Some(NodeEnum::IndexStmt(create)) if create.if_not_exists);
    if if_not_exists
        && context.state.index(&QualifiedName::new(table.schema.as_str(), index.as_str())).is_some()
    {
        return;
    }
    let (mut statements, mut undo) = (Vec::new(), Vec::new());
    if !index.is_empty() {
        let name = format!("{}.{}", quote_identifier(&table.schema), quote_identifier(&index));
        // An interrupted attempt leaves an INVALID index of that name.
        statements.push(format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"));
        undo.push(format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"));
    }
    statements.push(concurrent);
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!(
                    "this holds SHARE on {table} while it builds the index: reads go on, every write waits"
                ),
            )
            .on(&table)
            .fixed_by(
                "Build it concurrently, in a migration of its own that runs outside a transaction.",
                statements.join(";\n"),
            )
            .claiming(Claim::Locks { relation: table.clone(), mode: LockMode::Share })
            .mended_by(Remedy::MoveWithoutTransaction {
                keep: None,
                statements,
                undo,
                name: format!("add_{}", if index.is_empty() { "index" } else { &index }),
            }),
    );
}

/// The statement's own text with `CONCURRENTLY` put in; none when it has no shape that is known.
fn concurrently(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let after = lower.find("index")? + "index".len();
    Some(format!("{} CONCURRENTLY{}", text.get(..after)?, text.get(after..)?))
}
