//! What expressions and bodies mention: columns in parse trees, words in text.

use freehold_sql::tree::{
    NodeEnum,
    protobuf::{ColumnRef, Node},
};

/// A column as an expression names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mentioned {
    /// What stands before the dot.
    pub(crate) qualifier: Option<String>,
    /// Its name; none for `*`.
    pub(crate) name: Option<String>,
}

/// The columns that an expression mentions, those of its subqueries left out.
pub(crate) fn columns(expression: &Node) -> Vec<Mentioned> {
    let mut found = Vec::new();
    let mut open = vec![expression];
    while let Some(node) = open.pop() {
        match node.node.as_ref() {
            Some(NodeEnum::ColumnRef(reference)) => found.extend(mentioned(reference)),
            Some(inner) => parts(inner, &mut open),
            None => {}
        }
    }
    found
}

fn mentioned(reference: &ColumnRef) -> Option<Mentioned> {
    let (last, before) = reference.fields.split_last()?;
    let qualifier = before.last().and_then(text).map(str::to_owned);
    match last.node.as_ref()? {
        NodeEnum::AStar(_) => Some(Mentioned { qualifier, name: None }),
        _ => Some(Mentioned { qualifier, name: text(last).map(str::to_owned) }),
    }
}

/// The nodes right below one, within the same query.
pub(crate) fn parts<'n>(node: &'n NodeEnum, open: &mut Vec<&'n Node>) {
    match node {
        NodeEnum::AExpr(n) => open.extend(n.lexpr.as_deref().into_iter().chain(n.rexpr.as_deref())),
        NodeEnum::BoolExpr(n) => open.extend(&n.args),
        NodeEnum::FuncCall(n) => {
            open.extend(&n.args);
            open.extend(n.agg_filter.as_deref());
        }
        NodeEnum::TypeCast(n) => open.extend(n.arg.as_deref()),
        NodeEnum::CollateClause(n) => open.extend(n.arg.as_deref()),
        NodeEnum::CoalesceExpr(n) => open.extend(&n.args),
        NodeEnum::MinMaxExpr(n) => open.extend(&n.args),
        NodeEnum::NullTest(n) => open.extend(n.arg.as_deref()),
        NodeEnum::BooleanTest(n) => open.extend(n.arg.as_deref()),
        NodeEnum::CaseExpr(n) => {
            open.extend(n.arg.as_deref().into_iter().chain(n.defresult.as_deref()));
            open.extend(&n.args);
        }
        NodeEnum::CaseWhen(n) => open.extend(n.expr.as_deref().into_iter().chain(n.result.as_deref())),
        NodeEnum::AArrayExpr(n) => open.extend(&n.elements),
        NodeEnum::RowExpr(n) => open.extend(&n.args),
        NodeEnum::AIndirection(n) => open.extend(n.arg.as_deref()),
        NodeEnum::MultiAssignRef(n) => open.extend(n.source.as_deref()),
        NodeEnum::List(n) => open.extend(&n.items),
        NodeEnum::ResTarget(n) => open.extend(n.val.as_deref()),
        _ => {}
    }
}

/// The text of a string node.
pub(crate) fn text(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(value) => Some(&value.sval),
        _ => None,
    }
}

/// True for a constant `true`, also `1 = 1` and its kin: a condition that is none.
pub(crate) fn is_always_true(condition: &Node) -> bool {
    use freehold_sql::tree::protobuf::a_const::Val;
    match condition.node.as_ref() {
        Some(NodeEnum::AConst(value)) => {
            matches!(&value.val, Some(Val::Boolval(flag)) if flag.boolval)
        }
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_true_word),
        Some(NodeEnum::AExpr(compared)) => {
            let operator = compared.name.first().and_then(text) == Some("=");
            let (left, right) = (compared.lexpr.as_deref(), compared.rexpr.as_deref());
            operator
                && match (left.and_then(number), right.and_then(number)) {
                    (Some(left), Some(right)) => left == right,
                    _ => false,
                }
        }
        _ => false,
    }
}

fn is_true_word(node: &Node) -> bool {
    use freehold_sql::tree::protobuf::a_const::Val;
    matches!(node.node.as_ref(), Some(NodeEnum::AConst(value))
        if matches!(&value.val, Some(Val::Sval(word)) if matches!(word.sval.as_str(), "t" | "true")))
}

fn number(node: &Node) -> Option<i32> {
    use freehold_sql::tree::protobuf::a_const::Val;
    match node.node.as_ref()? {
        NodeEnum::AConst(value) => match value.val.as_ref()? {
            Val::Ival(number) => Some(number.ival),
            _ => None,
        },
        _ => None,
    }
}

/// True when the text has this name as a word of its own. A name that needs no quotes is found in any case.
pub(crate) fn mentions(text: &str, name: &str) -> bool {
    if name.is_empty() || text.len() < name.len() {
        return false;
    }
    let plain = !name.chars().any(|c| c.is_ascii_uppercase());
    let (whole, part) = (text.as_bytes(), name.as_bytes());
    let is_word =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b >= 128);
    whole.windows(part.len()).enumerate().any(|(at, window)| {
        let same = if plain { window.eq_ignore_ascii_case(part) } else { window == part };
        same && !is_word(at.checked_sub(1).and_then(|before| whole.get(before)))
            && !is_word(whole.get(at + part.len()))
    })
}

#[cfg(test)]
mod tests {
    use freehold_sql::tree::read_expression;

    use super::*;

    #[test]
    fn a_name_is_found_as_a_word_only() {
        assert!(mentions("select Email from users", "email"));
        assert!(!mentions("select email_hash from users", "email"));
        assert!(!mentions("select old_email", "email"));
        assert!(!mentions("select useremail", "userEmail"));
    }

    #[test]
    fn columns_are_found_below_functions_cases_and_casts() {
        let node = read_expression("coalesce(u.a, case when b > 1 then lower(c::text) end)").unwrap();
        let mut names: Vec<_> = columns(&node).into_iter().filter_map(|column| column.name).collect();
        names.sort();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn a_condition_that_always_holds_is_none() {
        for (sql, always) in [("true", true), ("1 = 1", true), ("1 = 2", false), ("a = 1", false)] {
            assert_eq!(is_always_true(&read_expression(sql).unwrap()), always, "{sql}");
        }
    }
}
