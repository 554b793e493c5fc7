//! Small questions to nodes of a parse tree.

use freehold_sql::tree::{NodeEnum, protobuf};

/// The text of a name's part.
pub(super) fn name(node: &protobuf::Node) -> Option<&str> {
    match &node.node {
        Some(NodeEnum::String(text)) => Some(&text.sval),
        _ => None,
    }
}

/// The name of a function as written, its parts joined by dots.
pub(super) fn function_name(call: &protobuf::FuncCall) -> String {
    let parts: Vec<&str> = call.funcname.iter().filter_map(name).collect();
    parts.join(".")
}

/// The text of a string constant, also with a cast around it.
pub(super) fn string_constant(node: &protobuf::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            protobuf::a_const::Val::Sval(text) => Some(&text.sval),
            _ => None,
        },
        NodeEnum::TypeCast(cast) => string_constant(cast.arg.as_deref()?),
        _ => None,
    }
}

/// The operator of an expression, without its schema.
pub(super) fn operator(expression: &protobuf::AExpr) -> &str {
    expression.name.last().and_then(name).unwrap_or("")
}

/// The items of a list.
pub(super) fn items(node: &protobuf::Node) -> &[protobuf::Node] {
    match &node.node {
        Some(NodeEnum::List(list)) => &list.items,
        Some(NodeEnum::AArrayExpr(array)) => &array.elements,
        _ => std::slice::from_ref(node),
    }
}

fn select(node: &protobuf::Node) -> Option<&protobuf::SelectStmt> {
    match node.node.as_ref()? {
        NodeEnum::SelectStmt(select) => Some(select),
        _ => None,
    }
}

/// The one value of a `SELECT` that reads no table.
pub(super) fn single_value(node: &protobuf::Node) -> Option<&protobuf::Node> {
    let select = select(node)?;
    let plain = select.from_clause.is_empty() && select.where_clause.is_none() && select.larg.is_none();
    let [target] = select.target_list.as_slice() else { return None };
    match &target.node {
        Some(NodeEnum::ResTarget(target)) if plain => target.val.as_deref(),
        _ => None,
    }
}

/// The condition of a `SELECT` without unions.
pub(super) fn where_clause(node: &protobuf::Node) -> Option<&protobuf::Node> {
    select(node).filter(|select| select.larg.is_none()).and_then(|select| select.where_clause.as_deref())
}

/// The name and qualifier of a column, through casts.
pub(super) fn column(node: &protobuf::Node) -> Option<(Option<&str>, &str)> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(column) => {
            let parts: Vec<&str> = column.fields.iter().filter_map(name).collect();
            match parts.as_slice() {
                [] => None,
                [name] => Some((None, name)),
                [.., qualifier, name] => Some((Some(qualifier), name)),
            }
        }
        NodeEnum::TypeCast(cast) => self::column(cast.arg.as_deref()?),
        _ => None,
    }
}

/// The nodes directly below an expression; those of a sub-select are its condition and what it selects.
pub(super) fn below(node: &protobuf::Node) -> Vec<&protobuf::Node> {
    let mut nodes: Vec<&protobuf::Node> = Vec::new();
    match node.node.as_ref() {
        Some(NodeEnum::TypeCast(cast)) => nodes.extend(cast.arg.as_deref()),
        Some(NodeEnum::FuncCall(call)) => nodes.extend(&call.args),
        Some(NodeEnum::BoolExpr(expression)) => nodes.extend(&expression.args),
        Some(NodeEnum::AExpr(expression)) => {
            nodes.extend(expression.lexpr.as_deref());
            nodes.extend(expression.rexpr.as_deref());
        }
        Some(NodeEnum::NullTest(test)) => nodes.extend(test.arg.as_deref()),
        Some(NodeEnum::BooleanTest(test)) => nodes.extend(test.arg.as_deref()),
        Some(NodeEnum::CoalesceExpr(expression)) => nodes.extend(&expression.args),
        Some(NodeEnum::MinMaxExpr(expression)) => nodes.extend(&expression.args),
        Some(NodeEnum::AArrayExpr(array)) => nodes.extend(&array.elements),
        Some(NodeEnum::List(list)) => nodes.extend(&list.items),
        Some(NodeEnum::RowExpr(row)) => nodes.extend(&row.args),
        Some(NodeEnum::AIndirection(indirection)) => nodes.extend(indirection.arg.as_deref()),
        Some(NodeEnum::CaseExpr(case)) => {
            nodes.extend(case.arg.as_deref());
            nodes.extend(&case.args);
            nodes.extend(case.defresult.as_deref());
        }
        Some(NodeEnum::CaseWhen(when)) => {
            nodes.extend(when.expr.as_deref());
            nodes.extend(when.result.as_deref());
        }
        Some(NodeEnum::SubLink(link)) => {
            nodes.extend(link.testexpr.as_deref());
            nodes.extend(link.subselect.as_deref());
        }
        Some(NodeEnum::SelectStmt(select)) => {
            nodes.extend(&select.target_list);
            nodes.extend(&select.from_clause);
            nodes.extend(select.where_clause.as_deref());
            nodes.extend(select.having_clause.as_deref());
        }
        Some(NodeEnum::ResTarget(target)) => nodes.extend(target.val.as_deref()),
        Some(NodeEnum::JoinExpr(join)) => {
            nodes.extend(join.larg.as_deref());
            nodes.extend(join.rarg.as_deref());
            nodes.extend(join.quals.as_deref());
        }
        Some(NodeEnum::RangeSubselect(range)) => nodes.extend(range.subquery.as_deref()),
        _ => {}
    }
    nodes
}
