//! Reading the pieces of parse trees.

use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{self, DefElem, Node, RoleSpec, RoleSpecType},
};

/// None for the empty string, which is how the trees say that nothing is written.
pub(super) fn written(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// The text of a string node.
pub(super) fn text(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(value) => Some(&value.sval),
        _ => None,
    }
}

/// The texts of a list of string nodes; other nodes are left out.
pub(super) fn texts(nodes: &[Node]) -> Vec<String> {
    nodes.iter().filter_map(text).map(str::to_owned).collect()
}

/// The schema, if written, and the name of a list of string nodes.
pub(super) fn qualified(nodes: &[Node]) -> Option<(Option<&str>, &str)> {
    let (name, before) = nodes.split_last()?;
    Some((before.last().and_then(text), text(name)?))
}

/// The nodes of a list node; a lone node is itself.
pub(super) fn list(node: &Node) -> &[Node] {
    match node.node.as_ref() {
        Some(NodeEnum::List(list)) => &list.items,
        _ => std::slice::from_ref(node),
    }
}

/// The options of a `WITH (...)` list or its kin.
pub(super) fn options(nodes: &[Node]) -> impl Iterator<Item = &DefElem> {
    nodes.iter().filter_map(|node| match node.node.as_ref() {
        Some(NodeEnum::DefElem(option)) => Some(option.as_ref()),
        _ => None,
    })
}

/// A constant as text: string, number, boolean; also behind a cast or a sign.
pub(in crate::state) fn constant(node: &Node) -> Option<String> {
    use protobuf::a_const::Val;
    match node.node.as_ref()? {
        NodeEnum::AConst(value) => match value.val.as_ref() {
            Some(Val::Sval(text)) => Some(text.sval.clone()),
            Some(Val::Ival(number)) => Some(number.ival.to_string()),
            Some(Val::Fval(number)) => Some(number.fval.clone()),
            Some(Val::Boolval(flag)) => Some(flag.boolval.to_string()),
            Some(Val::Bsval(bits)) => Some(bits.bsval.clone()),
            None => value.isnull.then(|| "NULL".to_owned()),
        },
        NodeEnum::TypeCast(cast) => constant(cast.arg.as_deref()?),
        NodeEnum::String(value) => Some(value.sval.clone()),
        NodeEnum::Integer(value) => Some(value.ival.to_string()),
        NodeEnum::Float(value) => Some(value.fval.clone()),
        NodeEnum::Boolean(value) => Some(value.boolval.to_string()),
        NodeEnum::TypeName(type_) => texts(&type_.names).pop(),
        NodeEnum::AExpr(expression) if expression.lexpr.is_none() => {
            let sign = expression.name.first().and_then(text)?;
            Some(format!("{sign}{}", constant(expression.rexpr.as_deref()?)?))
        }
        _ => None,
    }
}

/// An option as the catalog keeps it: `name=value`; one without a value is `true`.
pub(super) fn option_text(option: &DefElem) -> String {
    let value = option.arg.as_deref().and_then(constant);
    format!("{}={}", option.defname, value.as_deref().unwrap_or("true"))
}

/// A truth value of an option.
pub(super) fn is_on(option: &DefElem) -> bool {
    crate::routine::is_on(option)
}

/// An option that is a whole number.
pub(super) fn number(option: &DefElem) -> Option<i64> {
    constant(option.arg.as_deref()?)?.parse().ok()
}

/// A role by name; none for `PUBLIC` and for those that only the session knows.
pub(super) fn role(role: &RoleSpec) -> Option<String> {
    (RoleSpecType::try_from(role.roletype) == Ok(RoleSpecType::RolespecCstring))
        .then(|| role.rolename.clone())
}

/// An expression's SQL; empty when it cannot be written.
pub(super) fn expression(node: Option<&Node>) -> Option<String> {
    tree::write_expression(node?)
}

/// The bare names of the columns that an expression mentions, each once, in order.
pub(super) fn columns(node: &Node) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in tree::columns(node).into_iter().filter_map(|mut parts| parts.pop()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The bare names of the columns that an expression's SQL mentions.
pub(super) fn columns_of(sql: &str) -> Vec<String> {
    tree::read_expression(sql).map(|node| columns(&node)).unwrap_or_default()
}
