//! A similarity threshold is applied to the few rows that an approximate index returned.
//!
//! ## What it finds
//! Queries in functions and views that sort by a vector distance, stop at a LIMIT and compare that same distance in WHERE,
//! over a table with an HNSW or IVFFlat index; unless the body sets `hnsw.iterative_scan` or `ivfflat.iterative_scan`.
//!
//! ## Why it hurts
//! The index hands out its nearest candidates (`hnsw.ef_search` of them, 40 by default) and stops; the condition is tested
//! afterwards, together with every other condition. Fewer rows than LIMIT come back although more in the table would pass,
//! and which ones depends on the index. The result is right as far as it goes, and silently short.
//!
//! ## Do instead
//! Fetch the nearest first and cut after: `SELECT id FROM (SELECT id, embedding <=> probe AS distance FROM … ORDER BY
//! distance LIMIT n) nearest WHERE distance <= …`, with `hnsw.ef_search` at least n; or let pgvector 0.8 go on with
//! `SET hnsw.iterative_scan = strict_order`.
//!
//! ## When to ignore
//! When fewer rows than LIMIT are as good.
//!
//! ## PostgreSQL versions
//! All, with pgvector.
//!
//! ## Source
//! pgvector's documentation, "Filtering" and "Iterative Index Scans"; tried with 0.8: 0 of 20 rows came back where 19,915
//! would pass, and all 20 with `hnsw.iterative_scan`.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{Node, SelectStmt},
};

use crate::{
    context::Context,
    found::Findings,
    queries::{self, Part, operator, parts},
    routine::Routine,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "threshold-after-approximate-index",
        code: "FH1007",
        category: Category::Design,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        advice: &[18],
        summary: "a similarity threshold is applied to the few rows that an approximate index returned",
        source: include_str!("threshold_after_approximate_index.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// The distances of pgvector.
const DISTANCES: &[&str] = &["<=>", "<->", "<#>", "<+>", "<~>", "<%>"];

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (kind, name) = match context.tree {
        Some(tree @ NodeEnum::CreateFunctionStmt(_)) => {
            let Some(routine) = Routine::of(tree) else { return };
            (routine.word, routine.shown())
        }
        Some(NodeEnum::ViewStmt(view)) => {
            ("view", view.view.as_ref().map(|range| range.relname.clone()).unwrap_or_default())
        }
        _ => return,
    };
    let has_distance = DISTANCES.iter().any(|distance| context.text.contains(distance));
    if !has_distance || !context.is_up() || context.text.contains("iterative_scan") {
        return;
    }
    for query in queries::queries(context) {
        for part in parts(&query) {
            let Part::Select(select) = part else { continue };
            if let Some((table, distance)) = cut_short(context, select) {
                findings.push(
                    context
                        .found(
                            findings.rule(),
                            Subject::new(kind, name.as_str()),
                            format!(
                                "{name} compares {distance} in WHERE after the index of {table} has returned its few nearest \
                                 rows: fewer than LIMIT come back although more would pass"
                            ),
                        )
                        .on(&table)
                        .advised(
                            "Sort and LIMIT in a sub-select, compare the distance outside of it, and set hnsw.ef_search to \
                             the LIMIT; or SET hnsw.iterative_scan for the function.",
                        ),
                );
                return;
            }
        }
    }
}

/// The table and the distance of a query that an approximate index answers too shortly.
fn cut_short<'s>(context: &Context<'_>, select: &'s SelectStmt) -> Option<(QualifiedName, &'s str)> {
    select.limit_count.as_ref()?;
    let distance = select.sort_clause.iter().find_map(distance_in)?;
    let condition = select.where_clause.as_deref()?;
    let compared = parts(condition.node.as_ref()?).into_iter().any(|part| match part {
        Part::Node(NodeEnum::AExpr(compared)) if matches!(operator(compared), "<" | "<=" | ">" | ">=") => {
            let sides = compared.lexpr.as_deref().into_iter().chain(compared.rexpr.as_deref());
            sides.filter_map(distance_in).any(|other| other == distance)
        }
        _ => false,
    });
    if !compared {
        return None;
    }
    let table =
        select.from_clause.iter().filter_map(|node| node.node.as_ref()).flat_map(parts).find_map(|part| {
            let Part::Node(NodeEnum::RangeVar(range)) = part else { return None };
            let schema = Some(range.schemaname.as_str()).filter(|schema| !schema.is_empty());
            let table = context.state.resolve(schema, &range.relname);
            let known = context.state.relation(&table)?;
            let approximate = known
                .relation
                .indexes
                .iter()
                .any(|index| matches!(index.method.as_str(), "hnsw" | "ivfflat"));
            approximate.then_some(table)
        })?;
    Some((table, distance))
}

/// The first vector distance in an expression.
fn distance_in(node: &Node) -> Option<&str> {
    parts(node.node.as_ref()?).into_iter().find_map(|part| match part {
        Part::Node(NodeEnum::AExpr(expression)) => {
            Some(operator(expression)).filter(|name| DISTANCES.contains(name))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(body: &str) -> bool {
        let sql = format!(
            "create extension vector; create table t (id bigint primary key, v vector(3)); create index on t using hnsw (v vector_cosine_ops);
             create table exact (id bigint primary key, v vector(3));
             create function f(probe vector, bound float8, n int) returns setof bigint language sql stable set search_path = public, pg_temp as $$ {body} $$;"
        );
        said(&sql).iter().any(|(id, _)| *id == "threshold-after-approximate-index")
    }

    #[test]
    fn a_threshold_beside_the_limit_is_told() {
        assert!(fires("select id from t where 1 - (v <=> probe) >= bound order by v <=> probe limit n"));
        assert!(fires(
            "select x.id from t x where x.v <=> probe < bound and id > 0 order by x.v <=> probe limit 10"
        ));
        assert!(fires(
            "with near as (select id from t where v <=> probe < bound order by v <=> probe limit n) select id from near"
        ));
    }

    #[test]
    fn a_threshold_outside_and_exact_searches_are_silent() {
        assert!(!fires(
            "select id from (select id, v <=> probe as d from t order by v <=> probe limit n) x where d < bound"
        ));
        assert!(!fires("select id from t order by v <=> probe limit n"));
        assert!(!fires("select id from t where v <=> probe < bound"));
        assert!(!fires("select id from exact where v <=> probe < bound order by v <=> probe limit n"));
        assert!(!fires(
            "select set_config('hnsw.iterative_scan', 'strict_order', true); select id from t where v <=> probe < bound order by v <=> probe limit n"
        ));
    }
}
