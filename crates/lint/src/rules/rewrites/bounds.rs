//! Whether a condition holds rows to a part of their table, as far as its text tells.

use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{BoolExprType, JoinType, Node, NullTestType, SelectStmt, WithClause},
};

use crate::{
    alter::proof::is_column,
    expression::{is_always_true, text},
};

/// True when the condition, or what is joined, may hold the rows to a part. `filled`: columns of which it may ask whether
/// they are still NULL, which at first all are. `queries`: names of a `WITH`, which may give any part.
pub(super) fn is_bounded(condition: Option<&Node>, from: &[Node], filled: &[&str], queries: &[&str]) -> bool {
    from.iter().any(|source| !is_whole(source, queries))
        || condition.is_some_and(|condition| holds_back(condition, filled))
}

/// True for a table as it is, and for joins of such; a subquery, a function or a list of values may be any part.
fn is_whole(source: &Node, queries: &[&str]) -> bool {
    match source.node.as_ref() {
        Some(NodeEnum::RangeVar(range)) => {
            !range.schemaname.is_empty() || !queries.contains(&range.relname.as_str())
        }
        Some(NodeEnum::JoinExpr(join)) => {
            let sides = [join.larg.as_deref(), join.rarg.as_deref()];
            join.jointype != JoinType::Undefined as i32
                && sides.into_iter().flatten().all(|side| is_whole(side, queries))
                && !join.quals.as_deref().is_some_and(|condition| holds_back(condition, &[]))
        }
        _ => false,
    }
}

fn holds_back(condition: &Node, filled: &[&str]) -> bool {
    if is_always_true(condition) {
        return false;
    }
    match condition.node.as_ref() {
        Some(NodeEnum::BoolExpr(parts)) if parts.boolop == BoolExprType::AndExpr as i32 => {
            parts.args.iter().any(|part| holds_back(part, filled))
        }
        Some(NodeEnum::NullTest(test)) if test.nulltesttype == NullTestType::IsNull as i32 => {
            !test.arg.as_deref().is_some_and(|arg| filled.iter().any(|column| is_column(arg, column)))
        }
        Some(NodeEnum::AExpr(compared)) => {
            let column = |side: Option<&Node>| {
                side.is_some_and(|node| matches!(&node.node, Some(NodeEnum::ColumnRef(_))))
            };
            let equal = compared.name.first().and_then(text) == Some("=");
            !(equal && column(compared.lexpr.as_deref()) && column(compared.rexpr.as_deref()))
        }
        _ => true,
    }
}

/// True when each row of what the query reads becomes a row of its result.
pub(super) fn takes_rows_as_they_are(query: &SelectStmt) -> bool {
    const AGGREGATES: &[&str] = &[
        "array_agg",
        "avg",
        "bool_and",
        "bool_or",
        "count",
        "every",
        "json_agg",
        "jsonb_agg",
        "max",
        "min",
        "string_agg",
        "sum",
    ];
    let aggregates = || {
        query
            .target_list
            .iter()
            .flat_map(tree::calls)
            .any(|call| call.last().is_some_and(|name| AGGREGATES.contains(&name.as_str())))
    };
    query.limit_count.is_none()
        && query.group_clause.is_empty()
        && query.distinct_clause.is_empty()
        && query.having_clause.is_none()
        && !query.from_clause.is_empty()
        && !aggregates()
}

/// The names of a `WITH`.
pub(super) fn queries_of(with: Option<&WithClause>) -> Vec<&str> {
    let queries = with.into_iter().flat_map(|with| &with.ctes);
    queries
        .filter_map(|node| match &node.node {
            Some(NodeEnum::CommonTableExpr(query)) => Some(query.ctename.as_str()),
            _ => None,
        })
        .collect()
}

/// The statements in the `WITH` of a statement that change rows.
pub(super) fn statements_in_with(statement: &NodeEnum) -> Vec<&NodeEnum> {
    let with: Option<&WithClause> = match statement {
        NodeEnum::SelectStmt(statement) => statement.with_clause.as_ref(),
        NodeEnum::InsertStmt(statement) => statement.with_clause.as_ref(),
        NodeEnum::UpdateStmt(statement) => statement.with_clause.as_ref(),
        NodeEnum::DeleteStmt(statement) => statement.with_clause.as_ref(),
        _ => None,
    };
    let queries = with.into_iter().flat_map(|with| &with.ctes);
    queries
        .filter_map(|node| match &node.node {
            Some(NodeEnum::CommonTableExpr(query)) => query.ctequery.as_deref()?.node.as_ref(),
            _ => None,
        })
        .filter(|node| !matches!(node, NodeEnum::SelectStmt(_)))
        .collect()
}
