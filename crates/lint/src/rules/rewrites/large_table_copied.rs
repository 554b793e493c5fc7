//! All rows of a table that was there are copied into another one in one statement.
//!
//! ## What it finds
//! `CREATE TABLE ... AS`, `SELECT ... INTO` and `INSERT ... SELECT` that take all rows of a table that is not new and not known
//! to be tiny: without a condition that holds rows to a range, a list or a value, without `LIMIT`, grouping or `DISTINCT`. A
//! copy into a temporary table, and one `WITH NO DATA`, is silent.
//!
//! ## Why it hurts
//! The copy is one long transaction: VACUUM can clean up nothing in the whole database meanwhile, replicas get all of it at
//! once, and what is written to the table while it runs is not in the copy.
//!
//! ## Do instead
//! Make the table empty, let a trigger or the code write to both, and copy the old rows in batches along the primary key.
//!
//! ## When to ignore
//! When the table is and stays small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Routine Vacuuming.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::{
    StatementKind,
    tree::{
        NodeEnum,
        protobuf::{Node, ObjectType, RangeVar, SelectStmt},
    },
};

use super::bounds::{is_bounded, queries_of, takes_rows_as_they_are};
use crate::{
    alter::some,
    context::Context,
    found::{Claim, Findings},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "large-table-copied",
        code: "FH0212",
        category: Category::Rewrites,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog, Depth::Execution],
        hazards: &[34],
        summary: "all rows of an existing table are copied in one statement",
        source: include_str!("large_table_copied.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let kind = context.statement.effect.kind;
    if !matches!(kind, StatementKind::CreateTableAs | StatementKind::Insert | StatementKind::Select) {
        return;
    }
    let Some((into, query)) = context.tree.and_then(copy) else { return };
    if into.relpersistence == "t" || into.schemaname == "pg_temp" {
        return;
    }
    let into = QualifiedName::new(into.schemaname.as_str(), into.relname.as_str());
    let mut sources = Vec::new();
    whole_sources(context, query, &mut sources);
    sources.sort();
    sources.dedup();
    for table in sources {
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", table.to_string()),
                    format!(
                        "this copies every row of {table} into {} in one long transaction, and what others write meanwhile is \
                         not in the copy",
                        freehold_model::name::display_identifier(&into.name)
                    ),
                )
                .on(&table)
                .claiming(Claim::Scans(table.clone()))
                .advised("Copy the rows in batches along the primary key, and let new rows be written to both meanwhile."),
        );
    }
}

/// What the statement copies into, and the query that it copies.
fn copy(tree: &NodeEnum) -> Option<(&RangeVar, &SelectStmt)> {
    match tree {
        NodeEnum::CreateTableAsStmt(create) if create.objtype == ObjectType::ObjectTable as i32 => {
            let into = create.into.as_ref().filter(|into| !into.skip_data)?;
            Some((into.rel.as_ref()?, query(create.query.as_deref()?)?))
        }
        // Of what its WITH gives, the text does not tell how much that is.
        NodeEnum::InsertStmt(insert) if insert.with_clause.is_none() => {
            Some((insert.relation.as_ref()?, query(insert.select_stmt.as_deref()?)?))
        }
        NodeEnum::SelectStmt(query) => Some((query.into_clause.as_ref()?.rel.as_ref()?, query)),
        _ => None,
    }
}

fn query(node: &Node) -> Option<&SelectStmt> {
    match node.node.as_ref()? {
        NodeEnum::SelectStmt(query) => Some(query),
        _ => None,
    }
}

/// The tables that were there of which the query takes all rows.
fn whole_sources(context: &Context<'_>, query: &SelectStmt, sources: &mut Vec<QualifiedName>) {
    for side in [query.larg.as_deref(), query.rarg.as_deref()].into_iter().flatten() {
        whole_sources(context, side, sources);
    }
    let queries = queries_of(query.with_clause.as_ref());
    let bounded = || is_bounded(query.where_clause.as_deref(), &query.from_clause, &[], &queries);
    if !takes_rows_as_they_are(query) || bounded() {
        return;
    }
    // Of a join, what stands first is what the rows come from.
    let Some(first) = query.from_clause.first().and_then(leftmost) else { return };
    let table = context.state.resolve(some(&first.schemaname), &first.relname);
    let missing = context.state.complete && context.state.relation(&table).is_none();
    if !missing && is_table(&table) && context.may_be_large(&table) {
        sources.push(table);
    }
}

/// Catalogs are small.
fn is_table(name: &QualifiedName) -> bool {
    !matches!(name.schema.as_str(), "pg_catalog" | "information_schema") && !name.name.starts_with("pg_")
}

fn leftmost(node: &Node) -> Option<&RangeVar> {
    match node.node.as_ref()? {
        NodeEnum::RangeVar(range) => Some(range),
        NodeEnum::JoinExpr(join) => leftmost(join.larg.as_deref()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "large-table-copied";
    const TABLE: &str = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, a text);\nCREATE TABLE u (id bigint PRIMARY KEY, a text);\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLE}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_each_form() {
        for sql in [
            "CREATE TABLE old AS SELECT * FROM t;",
            "CREATE TABLE old AS TABLE t;",
            "SELECT * INTO old FROM public.t;",
            "INSERT INTO u SELECT id, lower(a) FROM t;",
            "INSERT INTO u SELECT t.id, x.a FROM t JOIN u AS x ON x.id = t.id;",
            "INSERT INTO u SELECT * FROM t UNION ALL SELECT * FROM unknown_table WHERE id = 1;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_for_parts_and_small_things() {
        for sql in [
            "CREATE TABLE old AS SELECT * FROM t WITH NO DATA;",
            "CREATE TEMP TABLE old AS SELECT * FROM t;",
            "INSERT INTO u SELECT id, a FROM t WHERE id BETWEEN 1 AND 1000;",
            "INSERT INTO u SELECT id, a FROM t LIMIT 10;",
            "INSERT INTO u SELECT 1, 'x';",
            "INSERT INTO u VALUES (1, 'x');",
            "INSERT INTO u SELECT count(*), a FROM t GROUP BY a;",
            "INSERT INTO u SELECT count(*) FROM t;",
            "WITH few AS (SELECT * FROM t LIMIT 9) INSERT INTO u SELECT * FROM few;",
            "INSERT INTO u WITH few AS (SELECT * FROM t LIMIT 9) SELECT * FROM few;",
            "INSERT INTO u SELECT g, 'x' FROM generate_series(1, 10) AS g;",
            "CREATE TABLE n (id bigint); CREATE TABLE m AS SELECT * FROM n;",
            "CREATE MATERIALIZED VIEW v AS SELECT * FROM t;",
            "SELECT * FROM t;",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }
}
