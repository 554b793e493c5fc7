//! Casts, operators, operator classes and families.

use std::collections::BTreeSet;

use freehold_model::catalog::Other;

use super::{super::Writer, Sql, facts};

pub(super) fn create_cast(other: &Other) -> String {
    let how = match (facts::of(other, "method"), facts::of(other, "function")) {
        (_, Some(function)) => format!("WITH FUNCTION {function}"),
        (Some("i"), None) => "WITH INOUT".to_owned(),
        _ => "WITHOUT FUNCTION".to_owned(),
    };
    let context = match facts::of(other, "context") {
        Some("i") => " AS IMPLICIT",
        Some("a") => " AS ASSIGNMENT",
        _ => "",
    };
    format!("CREATE CAST {} {how}{context}", other.name)
}

/// `schema.===` and the two types of `schema.===(integer,integer)`.
fn parts(name: &str) -> (&str, &str, &str) {
    // The types hold no parenthesis at this place, for modifiers are not part of an operator's identity.
    let (operator, types) = name.split_once('(').unwrap_or((name, ""));
    let types = types.trim_end_matches(')');
    let (left, right) = types.split_once(',').unwrap_or((types, ""));
    (operator, left, right)
}

/// The operator as `DROP OPERATOR` and `COMMENT ON OPERATOR` name it.
pub(super) fn name_with_types(name: &str) -> String {
    let (operator, left, right) = parts(name);
    format!("{operator} ({left}, {right})")
}

fn reference(name: &str) -> String {
    format!("OPERATOR({})", parts(name).0)
}

pub(super) fn create(other: &Other) -> String {
    let (name, left, right) = parts(&other.name);
    let function = facts::of(other, "function").unwrap_or_default().split('(').next().unwrap_or_default();
    let mut parts = vec![format!("FUNCTION = {function}")];
    for (word, side) in [("LEFTARG", left), ("RIGHTARG", right)] {
        if !side.eq_ignore_ascii_case("none") && !side.is_empty() {
            parts.push(format!("{word} = {side}"));
        }
    }
    for (word, fact) in [("COMMUTATOR", "commutator"), ("NEGATOR", "negator")] {
        parts.extend(facts::of(other, fact).map(|operator| format!("{word} = {}", reference(operator))));
    }
    for (word, fact) in [("RESTRICT", "restrict"), ("JOIN", "join")] {
        parts.extend(facts::of(other, fact).map(|function| format!("{word} = {function}")));
    }
    for (word, fact) in [("HASHES", "hashes"), ("MERGES", "merges")] {
        parts.extend(facts::is(other, fact).then(|| word.to_owned()));
    }
    format!("CREATE OPERATOR {name} ({})", parts.join(", "))
}

/// Makes a class; its operators and functions are members of its family and are added there.
pub(super) fn create_class(other: &Other) -> String {
    let (name, method) = other.name.split_once(" USING ").unwrap_or((&other.name, ""));
    let default = if facts::is(other, "default") { " DEFAULT" } else { "" };
    let fact = |name: &str| facts::of(other, name).unwrap_or_default();
    let storage = facts::of(other, "storage type").unwrap_or_else(|| fact("type"));
    format!(
        "CREATE OPERATOR CLASS {name}{default} FOR TYPE {} USING {method} FAMILY {} AS STORAGE {storage}",
        fact("type"),
        fact("family")
    )
}

fn members<'o>(other: &'o Other, fact: &str) -> BTreeSet<&'o str> {
    facts::of(other, fact).unwrap_or_default().lines().collect()
}

pub(super) fn create_family(writer: &mut Writer<'_, '_>, other: &Other) -> Vec<Sql> {
    let create = Sql::new(format!("CREATE OPERATOR FAMILY {}", other.name));
    [create].into_iter().chain(change_members(writer, other, None)).collect()
}

pub(super) fn alter_family(writer: &mut Writer<'_, '_>, old: &Other, new: &Other) -> Vec<Sql> {
    change_members(writer, new, Some(old))
}

fn change_members(writer: &mut Writer<'_, '_>, new: &Other, old: Option<&Other>) -> Vec<Sql> {
    let (mut added, mut dropped) = (Vec::new(), Vec::new());
    for (fact, add, drop) in [
        ("functions", function as fn(&str) -> Option<String>, function_slot as fn(&str) -> Option<String>),
        ("operators", operator, operator_slot),
    ] {
        let before = old.map(|old| members(old, fact)).unwrap_or_default();
        let after = members(new, fact);
        for line in after.difference(&before) {
            match add(line) {
                Some(text) => added.push(text),
                None => writer.cannot_object(new.kind, &new.name, &format!("its member {line}")),
            }
        }
        dropped.extend(before.difference(&after).filter_map(|line| drop(line)));
    }
    let head = format!("ALTER OPERATOR FAMILY {}", new.name);
    let mut statements = Vec::new();
    if !dropped.is_empty() {
        statements.push(Sql::new(format!("{head} DROP {}", dropped.join(", "))));
    }
    if !added.is_empty() {
        statements.push(Sql::new(format!("{head} ADD {}", added.join(", "))));
    }
    statements
}

/// From `1 public.<(integer,integer) for search`; of ordering operators the family that orders is not known.
fn operator(line: &str) -> Option<String> {
    let (number, rest) = line.strip_suffix(" for search")?.split_once(' ')?;
    Some(format!("OPERATOR {number} {}", name_with_types(rest)))
}

fn operator_slot(line: &str) -> Option<String> {
    let (number, rest) = line.split_once(' ')?;
    let (_, left, right) = parts(rest.rsplit_once(" for ")?.0);
    Some(format!("OPERATOR {number} ({left}, {right})"))
}

/// From `1 (integer, integer) public.cmp(integer,integer)`.
fn function(line: &str) -> Option<String> {
    let (number, rest) = line.split_once(' ')?;
    let (types, function) = rest.split_once(") ")?;
    Some(format!("FUNCTION {number} {types}) {function}"))
}

fn function_slot(line: &str) -> Option<String> {
    let (number, rest) = line.split_once(' ')?;
    let (types, _) = rest.split_once(") ")?;
    Some(format!("FUNCTION {number} {types})"))
}
