//! The queries that a statement leaves behind or runs from a body: of views, policies, routines and `DO` blocks.

use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{Node, SelectStmt},
};

use crate::{context::Context, routine::Routine};

/// A part of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'n> {
    /// A node of any kind but `SELECT`.
    Node(&'n NodeEnum),
    /// A `SELECT`, also one inside another.
    Select(&'n SelectStmt),
}

/// The text of the routine's body or, for other statements, of the statement: to look for a word before anything is
/// parsed.
pub(crate) fn text<'a>(context: &Context<'a>) -> &'a str {
    context.tree.and_then(Routine::of).and_then(|routine| routine.body).unwrap_or(context.text)
}

/// The queries of a view, a policy, a routine's body or a `DO` block, and the statement itself when it is one that
/// changes rows.
pub(crate) fn queries(context: &Context<'_>) -> Vec<NodeEnum> {
    let Some(tree) = context.tree else { return Vec::new() };
    match tree {
        NodeEnum::ViewStmt(view) => view.query.iter().filter_map(|query| query.node.clone()).collect(),
        NodeEnum::CreatePolicyStmt(policy) => {
            policy.qual.iter().chain(&policy.with_check).filter_map(|node| node.node.clone()).collect()
        }
        NodeEnum::CreateFunctionStmt(create) => {
            if let Some(body) = &create.sql_body {
                return body.node.clone().into_iter().collect();
            }
            of_body(context, tree)
        }
        NodeEnum::DoStmt(_) => of_body(context, tree),
        NodeEnum::UpdateStmt(_)
        | NodeEnum::DeleteStmt(_)
        | NodeEnum::InsertStmt(_)
        | NodeEnum::MergeStmt(_) => vec![tree.clone()],
        _ => Vec::new(),
    }
}

fn of_body(context: &Context<'_>, tree: &NodeEnum) -> Vec<NodeEnum> {
    let Some(routine) = Routine::of(tree) else { return Vec::new() };
    match (routine.language.as_str(), routine.body) {
        ("sql", Some(body)) => {
            let mut found = Vec::new();
            freehold_sql::parse_each(body, &mut |outcome| {
                found.extend(outcome.ok().and_then(|parsed| parsed.tree))
            });
            found
        }
        ("plpgsql", Some(_)) => {
            let Ok(compiled) = tree::plpgsql(context.text) else { return Vec::new() };
            let mut found = Vec::new();
            let mut open = vec![&compiled];
            while let Some(value) = open.pop() {
                if let Some(query) = value.get("PLpgSQL_expr").and_then(|expression| expression.get("query"))
                {
                    found.extend(query.as_str().and_then(of_expression));
                }
                if let Some(object) = value.as_object() {
                    open.extend(object.values());
                }
                if let Some(array) = value.as_array() {
                    open.extend(array);
                }
            }
            found
        }
        _ => Vec::new(),
    }
}

/// A statement as it stands in PL/pgSQL, or an expression, or an assignment.
fn of_expression(sql: &str) -> Option<NodeEnum> {
    let assigned = || sql.split_once(":=").and_then(|(_, value)| tree::read(&format!("SELECT {value}")));
    tree::read(sql).or_else(|| tree::read(&format!("SELECT {sql}"))).or_else(assigned)
}

/// All parts of a query, each before what is inside of it.
pub(crate) fn parts(root: &NodeEnum) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut open = vec![whole(root)];
    while let Some(part) = open.pop() {
        found.push(part);
        let mut inside = Vec::new();
        match part {
            Part::Select(select) => of_select(select, &mut inside),
            Part::Node(node) => of_node(node, &mut inside),
        }
        inside.reverse();
        open.extend(inside);
    }
    found
}

fn whole(node: &NodeEnum) -> Part<'_> {
    match node {
        NodeEnum::SelectStmt(select) => Part::Select(select),
        other => Part::Node(other),
    }
}

fn add<'n>(nodes: impl IntoIterator<Item = &'n Node>, inside: &mut Vec<Part<'n>>) {
    inside.extend(nodes.into_iter().filter_map(|node| node.node.as_ref()).map(whole));
}

fn of_select<'n>(select: &'n SelectStmt, inside: &mut Vec<Part<'n>>) {
    if let Some(with) = &select.with_clause {
        add(&with.ctes, inside);
    }
    inside.extend(select.larg.iter().chain(&select.rarg).map(|side| Part::Select(side)));
    add(&select.distinct_clause, inside);
    add(&select.target_list, inside);
    add(&select.from_clause, inside);
    add(select.where_clause.as_deref(), inside);
    add(&select.group_clause, inside);
    add(select.having_clause.as_deref(), inside);
    add(&select.values_lists, inside);
    add(&select.sort_clause, inside);
    add(select.limit_offset.as_deref(), inside);
    add(select.limit_count.as_deref(), inside);
}

fn of_node<'n>(node: &'n NodeEnum, inside: &mut Vec<Part<'n>>) {
    match node {
        NodeEnum::CommonTableExpr(n) => add(n.ctequery.as_deref(), inside),
        NodeEnum::RangeSubselect(n) => add(n.subquery.as_deref(), inside),
        NodeEnum::RangeFunction(n) => add(&n.functions, inside),
        NodeEnum::JoinExpr(n) => {
            add(n.larg.as_deref().into_iter().chain(n.rarg.as_deref()).chain(n.quals.as_deref()), inside);
        }
        NodeEnum::ResTarget(n) => add(n.val.as_deref(), inside),
        NodeEnum::SortBy(n) => add(n.node.as_deref(), inside),
        NodeEnum::SubLink(n) => add(n.testexpr.as_deref().into_iter().chain(n.subselect.as_deref()), inside),
        NodeEnum::AExpr(n) => add(n.lexpr.as_deref().into_iter().chain(n.rexpr.as_deref()), inside),
        NodeEnum::BoolExpr(n) => add(&n.args, inside),
        NodeEnum::FuncCall(n) => {
            add(&n.args, inside);
            add(&n.agg_order, inside);
            add(n.agg_filter.as_deref(), inside);
        }
        NodeEnum::NamedArgExpr(n) => add(n.arg.as_deref(), inside),
        NodeEnum::TypeCast(n) => add(n.arg.as_deref(), inside),
        NodeEnum::CollateClause(n) => add(n.arg.as_deref(), inside),
        NodeEnum::CoalesceExpr(n) => add(&n.args, inside),
        NodeEnum::MinMaxExpr(n) => add(&n.args, inside),
        NodeEnum::NullTest(n) => add(n.arg.as_deref(), inside),
        NodeEnum::BooleanTest(n) => add(n.arg.as_deref(), inside),
        NodeEnum::CaseExpr(n) => {
            add(n.arg.as_deref(), inside);
            add(&n.args, inside);
            add(n.defresult.as_deref(), inside);
        }
        NodeEnum::CaseWhen(n) => add(n.expr.as_deref().into_iter().chain(n.result.as_deref()), inside),
        NodeEnum::AArrayExpr(n) => add(&n.elements, inside),
        NodeEnum::RowExpr(n) => add(&n.args, inside),
        NodeEnum::AIndirection(n) => add(n.arg.as_deref(), inside),
        NodeEnum::MultiAssignRef(n) => add(n.source.as_deref(), inside),
        NodeEnum::List(n) => add(&n.items, inside),
        NodeEnum::ReturnStmt(n) => add(n.returnval.as_deref(), inside),
        other => of_change(other, inside),
    }
}

fn of_change<'n>(node: &'n NodeEnum, inside: &mut Vec<Part<'n>>) {
    match node {
        NodeEnum::UpdateStmt(n) => {
            add(n.with_clause.iter().flat_map(|with| &with.ctes), inside);
            add(&n.target_list, inside);
            add(&n.from_clause, inside);
            add(n.where_clause.as_deref(), inside);
            add(n.returning_clause.iter().flat_map(|clause| &clause.exprs), inside);
        }
        NodeEnum::DeleteStmt(n) => {
            add(n.with_clause.iter().flat_map(|with| &with.ctes), inside);
            add(&n.using_clause, inside);
            add(n.where_clause.as_deref(), inside);
            add(n.returning_clause.iter().flat_map(|clause| &clause.exprs), inside);
        }
        NodeEnum::InsertStmt(n) => {
            add(n.with_clause.iter().flat_map(|with| &with.ctes), inside);
            add(n.select_stmt.as_deref(), inside);
            add(n.returning_clause.iter().flat_map(|clause| &clause.exprs), inside);
        }
        NodeEnum::MergeStmt(n) => {
            add(n.with_clause.iter().flat_map(|with| &with.ctes), inside);
            add(n.source_relation.as_deref(), inside);
            add(n.join_condition.as_deref(), inside);
        }
        _ => {}
    }
}

/// The name of an operator, without its schema.
pub(crate) fn operator(expression: &tree::protobuf::AExpr) -> &str {
    expression.name.last().and_then(crate::expression::text).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_select_is_found_wherever_it_stands() {
        let sql = "WITH a AS (SELECT 1) UPDATE t SET b = (SELECT 2) FROM (SELECT 3 UNION SELECT 4) x \
                   WHERE EXISTS (SELECT 5) AND c IN (SELECT coalesce((SELECT 6), 7))";
        let tree = tree::read(sql).unwrap();
        let selects = parts(&tree).into_iter().filter(|part| matches!(part, Part::Select(_))).count();
        // The union is a select of two.
        assert_eq!(selects, 8);
    }

    #[test]
    fn expressions_and_assignments_of_plpgsql_are_read() {
        assert!(of_expression("(SELECT count(*) FROM t) > 0").is_some());
        assert!(of_expression("n := (SELECT 1)").is_some());
        assert!(of_expression("SELECT a FROM t").is_some());
        assert!(of_expression("not a query at all ((").is_none());
    }
}
