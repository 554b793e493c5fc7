//! Rows are changed in batches by ranges of a random uuid.
//!
//! ## What it finds
//! `UPDATE` and `DELETE`, also in the body of a function or `DO` block, with two bounds on a column that is a uuid
//! (`id BETWEEN low AND high`), unless the bounds come from rows (`ORDER BY … LIMIT`) or the uuids are made in the order of
//! time (version 7).
//!
//! ## Why it hurts
//! Random uuids are spread evenly over 2^128 values: a range of a given width holds no row or all of them. The loop that
//! walks over numbers in batches does not work on them; it ends after one batch that does nothing, or locks every row.
//!
//! ## Do instead
//! Take the next keys themselves: `WHERE id IN (SELECT id FROM … WHERE id > last ORDER BY id LIMIT 1000)`, or walk over
//! `ctid` by pages.
//!
//! ## When to ignore
//! When the bounds cut the whole space into equal parts, each small enough.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! RFC 9562, version 4; tried.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum, lexemes,
    protobuf::{AExprKind, BoolExprType, Node, RangeVar},
};

use crate::{
    context::Context,
    expression::{mentions, text},
    found::Findings,
    queries::{self, Part, operator, parts},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "uuid-range-batches",
        code: "FH1004",
        category: Category::Design,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        advice: &[14],
        summary: "rows are changed in batches by ranges of a random uuid",
        source: include_str!("uuid_range_batches.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let changes_rows = matches!(
        context.tree,
        Some(
            NodeEnum::UpdateStmt(_)
                | NodeEnum::DeleteStmt(_)
                | NodeEnum::DoStmt(_)
                | NodeEnum::CreateFunctionStmt(_)
        )
    );
    if !changes_rows {
        return;
    }
    let body = queries::text(context);
    // Without two bounds there is no range; with a limit the bounds come from rows.
    let bounded = mentions(body, "between") || (body.contains('>') && body.contains('<'));
    if !bounded || lexemes(body).any(|word| word.is("limit") || word.is("fetch")) {
        return;
    }
    for query in queries::queries(context) {
        for part in parts(&query) {
            let Some((range, condition)) = changed(part) else { continue };
            let schema = Some(range.schemaname.as_str()).filter(|schema| !schema.is_empty());
            let table = context.state.resolve(schema, &range.relname);
            let Some(column) = ranged(condition).into_iter().find(|name| is_random(context, &table, name))
            else {
                continue;
            };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("table", table.to_string()),
                        format!("{table}.{column} is a random uuid: between two bounds there are all rows or none, never a batch"),
                    )
                    .on(&table)
                    .advised(format!(
                        "Take the next keys themselves: WHERE {column} IN (SELECT {column} FROM {table} WHERE {column} > the \
                         last one ORDER BY {column} LIMIT 1000)."
                    )),
            );
            return;
        }
    }
}

/// The table and the condition of an `UPDATE` or `DELETE`.
fn changed(part: Part<'_>) -> Option<(&RangeVar, &Node)> {
    match part {
        Part::Node(NodeEnum::UpdateStmt(update)) => {
            Some((update.relation.as_ref()?, update.where_clause.as_deref()?))
        }
        Part::Node(NodeEnum::DeleteStmt(delete)) => {
            Some((delete.relation.as_ref()?, delete.where_clause.as_deref()?))
        }
        _ => None,
    }
}

/// Columns that the condition bounds on both sides.
fn ranged(condition: &Node) -> Vec<&str> {
    let (mut found, mut above, mut below) = (Vec::new(), Vec::new(), Vec::new());
    let mut open = vec![condition];
    while let Some(node) = open.pop() {
        match node.node.as_ref() {
            Some(NodeEnum::BoolExpr(both)) if both.boolop == BoolExprType::AndExpr as i32 => {
                open.extend(&both.args)
            }
            Some(NodeEnum::AExpr(compared)) => {
                let left = compared.lexpr.as_deref().and_then(column);
                let right = compared.rexpr.as_deref().and_then(column);
                match (compared.kind == AExprKind::AexprBetween as i32, operator(compared)) {
                    (true, _) => found.extend(left),
                    (_, ">" | ">=") => {
                        above.extend(left);
                        below.extend(right);
                    }
                    (_, "<" | "<=") => {
                        below.extend(left);
                        above.extend(right);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    found.extend(above.into_iter().filter(|name| below.contains(name)));
    found
}

fn column(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(reference) => reference.fields.last().and_then(text),
        _ => None,
    }
}

/// True for a column that is known to hold uuids, unless its default makes them in the order of time.
fn is_random(context: &Context<'_>, table: &QualifiedName, name: &str) -> bool {
    let column = context.state.relation(table).and_then(|known| known.relation.column(name));
    column.is_some_and(|column| {
        let default = column.default.as_deref().unwrap_or("").to_ascii_lowercase();
        column.type_name == "uuid"
            && !["v7", "v6", "v1", "ulid"].iter().any(|sorted| default.contains(sorted))
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(sql: &str) -> bool {
        let sql = format!(
            "create table t (id uuid primary key default gen_random_uuid(), n bigint, a text);
             create table s (id uuid primary key default uuidv7(), a text);\n-- migration: 2\n{sql}"
        );
        said(&sql).iter().any(|(id, _)| *id == "uuid-range-batches")
    }

    #[test]
    fn ranges_of_a_random_uuid_are_found_in_statements_and_bodies() {
        assert!(fires("update t set a = 'x' where id between $1 and $2;"));
        assert!(fires(
            "delete from public.t as x where x.id >= '00000000-0000-0000-0000-000000000000' and x.id < '1' and a = 'b';"
        ));
        assert!(fires(
            "do $$ declare low uuid; high uuid; begin update t set a = 'x' where id between low and high; end $$;"
        ));
        assert!(fires(
            "create function f(low uuid, high uuid) returns void language sql as 'delete from t where id > low and id <= high';"
        ));
    }

    #[test]
    fn numbers_keysets_and_sorted_uuids_are_silent() {
        assert!(!fires("update t set a = 'x' where n between 1 and 1000;"));
        assert!(!fires(
            "update t set a = 'x' where id in (select id from t where id > $1 order by id limit 1000);"
        ));
        assert!(!fires("update s set a = 'x' where id between $1 and $2;"));
        assert!(!fires("update t set a = 'x' where id > $1;"));
        assert!(!fires("update unknown set a = 'x' where id between $1 and $2;"));
        assert!(!fires(
            "do $$ declare high uuid; begin select max(id) into high from (select id from t order by id limit 9) x; update t set a = 'x' where id > high and id <= high; end $$;"
        ));
    }
}
