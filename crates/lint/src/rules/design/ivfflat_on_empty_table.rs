//! An IVFFlat index is made on a table that is still empty.
//!
//! ## What it finds
//! `CREATE INDEX … USING ivfflat` on a table that the same script made and into which it put no rows.
//!
//! ## Why it hurts
//! IVFFlat cuts the space into lists by the rows that are there when the index is built. Over no rows the lists mean
//! nothing: later rows crowd into a few of them, and searches that look at some lists miss the nearest neighbours. All
//! that is said is a NOTICE ("will cause low recall"); the answers are merely bad, and stay so until the index is built
//! again.
//!
//! ## Do instead
//! Build it once the table holds rows like those to come, in a migration of its own, and rebuild it as they grow; or use
//! HNSW, which needs no rows to begin with.
//!
//! ## When to ignore
//! When the table is filled, and the index built again, before anybody searches.
//!
//! ## PostgreSQL versions
//! All, with pgvector.
//!
//! ## Source
//! pgvector's documentation, "IVFFlat" (create the index after the table has some data); tried: with 20,000
//! rows of 8 dimensions 41 % of the ten nearest were found, 57 % after REINDEX.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::{StatementKind, tree::NodeEnum};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "ivfflat-on-empty-table",
        code: "FH1002",
        category: Category::Design,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        advice: &[11],
        summary: "an IVFFlat index is made on a table that is still empty",
        source: include_str!("ivfflat_on_empty_table.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !matches!(context.statement.effect.kind, StatementKind::CreateIndex { .. }) || !context.is_up() {
        return;
    }
    let Some(NodeEnum::IndexStmt(create)) = context.tree else { return };
    let Some(range) = create.relation.as_ref().filter(|_| create.access_method == "ivfflat") else { return };
    let schema = Some(range.schemaname.as_str()).filter(|schema| !schema.is_empty());
    let table = context.state.resolve(schema, &range.relname);
    // A dump puts indexes behind the rows.
    if context.script.whole_schema
        || !context.is_new(&table)
        || context.walk.changed_rows.contains_key(&table)
    {
        return;
    }
    let name = if create.idxname.is_empty() { table.to_string() } else { create.idxname.clone() };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("index", name),
                format!("{table} is still empty: the lists of an IVFFlat index over it mean nothing, and searches miss rows"),
            )
            .on(&table)
            .advised("Use HNSW, or build the index in a later migration, when the table holds rows like those to come."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    const TABLE: &str = "create extension vector; create table t (id bigint primary key, v vector(3));";

    fn fires(sql: &str) -> bool {
        said(sql).iter().any(|(id, _)| *id == "ivfflat-on-empty-table")
    }

    #[test]
    fn only_a_table_without_rows_is_told() {
        let index = "create index on t using ivfflat (v vector_l2_ops);";
        assert!(fires(&format!("{TABLE} {index}")));
        assert!(!fires(&format!("{TABLE} create index on t using hnsw (v vector_l2_ops);")));
        assert!(!fires(&format!("-- migration: 1\n{TABLE}\n-- migration: 2\n{index}")));
        assert!(!fires(index));
    }
}
