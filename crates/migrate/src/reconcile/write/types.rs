//! Enums, domains, ranges and base types.

use freehold_model::{
    catalog::{DomainConstraint, TypeObject, TypeShape},
    name::quote_literal,
};

use super::{Sql, q};

/// The word of a type in `ALTER` and `COMMENT`.
pub(super) fn word(object: &TypeObject) -> &'static str {
    match object.shape {
        TypeShape::Domain { .. } => "DOMAIN",
        _ => "TYPE",
    }
}

/// Makes a type. A base type has a shell already, which its functions needed.
pub(super) fn create(object: &TypeObject) -> Vec<Sql> {
    let name = object.name.quoted();
    let text = match &object.shape {
        TypeShape::Enum { labels } => {
            let labels: Vec<String> = labels.iter().map(|label| quote_literal(label)).collect();
            format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", "))
        }
        TypeShape::Domain { base, not_null, default, collation, constraints } => {
            let collation = collation.as_ref().map(|collation| format!(" COLLATE {collation}"));
            let default = default.as_ref().map(|default| format!(" DEFAULT {default}"));
            // Version 18 keeps NOT NULL as a constraint with a name, too.
            let named = constraints.iter().any(|constraint| constraint.definition == "NOT NULL");
            let not_null = if *not_null && !named { " NOT NULL" } else { "" };
            let (later, now): (Vec<_>, Vec<_>) =
                constraints.iter().partition(|constraint| constraint.definition.ends_with(" NOT VALID"));
            let now: String =
                now.into_iter().map(|constraint| format!("\n    {}", check(constraint))).collect();
            let base = format!(
                "CREATE DOMAIN {name} AS {base}{}{}{not_null}{now}",
                collation.unwrap_or_default(),
                default.unwrap_or_default()
            );
            let later = later
                .into_iter()
                .map(|constraint| Sql::new(format!("ALTER DOMAIN {name} ADD {}", check(constraint))));
            return [Sql::new(base)].into_iter().chain(later).collect();
        }
        TypeShape::Range { subtype, details } => {
            let details: String = details.iter().filter_map(|detail| range_detail(detail)).collect();
            format!("CREATE TYPE {name} AS RANGE (subtype = {subtype}{details})")
        }
        TypeShape::Base { details } if is_shell(details) => format!("CREATE TYPE {name}"),
        TypeShape::Base { details } => {
            let details: Vec<String> = details.iter().filter_map(|detail| base_detail(detail)).collect();
            format!("CREATE TYPE {name} ({})", details.join(", "))
        }
    };
    vec![Sql::new(text)]
}

fn is_shell(details: &[String]) -> bool {
    details.iter().any(|detail| detail == "shell")
}

/// True for a type whose functions mention it and which mentions its functions.
pub(in crate::reconcile) fn needs_shell(object: &TypeObject) -> bool {
    matches!(&object.shape, TypeShape::Base { details } if !is_shell(details))
}

fn check(constraint: &DomainConstraint) -> String {
    format!("CONSTRAINT {} {}", q(&constraint.name), constraint.definition)
}

fn range_detail(detail: &str) -> Option<String> {
    let (name, value) = detail.split_once('=')?;
    // The multirange's name is printed as a type, qualified and quoted already.
    Some(format!(", {name} = {value}"))
}

fn base_detail(detail: &str) -> Option<String> {
    let (name, value) = detail.split_once('=')?;
    let value = match (name, value) {
        ("passedbyvalue", "true") => return Some("passedbyvalue".to_owned()),
        ("passedbyvalue", _) | ("collatable" | "preferred", "false") => return None,
        ("internallength", "-1") => "variable".to_owned(),
        ("alignment", "c") => "char".to_owned(),
        ("alignment", "s") => "int2".to_owned(),
        ("alignment", "i") => "int4".to_owned(),
        ("alignment", _) => "double".to_owned(),
        ("storage", "p") => "plain".to_owned(),
        ("storage", "e") => "external".to_owned(),
        ("storage", "m") => "main".to_owned(),
        ("storage", _) => "extended".to_owned(),
        ("category" | "delimiter" | "default", value) => quote_literal(value),
        (_, value) => value.to_owned(),
    };
    Some(format!("{name} = {value}"))
}

/// Drops a type; a base type with the functions that mention it.
pub(super) fn drop(object: &TypeObject, name: &str) -> Sql {
    let cascade = if needs_shell(object) { " CASCADE" } else { "" };
    Sql::new(format!("DROP {} {name}{cascade}", word(object)))
}

/// Changes a type in place.
pub(super) fn alter(old: &TypeObject, new: &TypeObject) -> Vec<Sql> {
    let name = new.name.quoted();
    match (&old.shape, &new.shape) {
        (TypeShape::Enum { labels: old }, TypeShape::Enum { labels: new }) => add_values(&name, old, new),
        (
            TypeShape::Domain { not_null, default, constraints, .. },
            TypeShape::Domain { not_null: not_null2, default: default2, constraints: constraints2, .. },
        ) => {
            let mut changes = Vec::new();
            for gone in constraints.iter().filter(|old| !constraints2.iter().any(|new| same(old, new))) {
                if gone.definition != "NOT NULL" {
                    changes.push(format!("DROP CONSTRAINT {}", q(&gone.name)));
                }
            }
            if default != default2 {
                changes.push(match default2 {
                    Some(default) => format!("SET DEFAULT {default}"),
                    None => "DROP DEFAULT".to_owned(),
                });
            }
            if not_null != not_null2 {
                changes.push(if *not_null2 { "SET NOT NULL" } else { "DROP NOT NULL" }.to_owned());
            }
            for new in constraints2.iter().filter(|new| !constraints.iter().any(|old| same(old, new))) {
                if new.definition != "NOT NULL" {
                    changes.push(format!("ADD {}", check(new)));
                }
            }
            changes.into_iter().map(|change| Sql::new(format!("ALTER DOMAIN {name} {change}"))).collect()
        }
        _ => Vec::new(),
    }
}

fn same(a: &DomainConstraint, b: &DomainConstraint) -> bool {
    a.name == b.name && a.definition == b.definition
}

/// Each new label goes behind the one that stands before it, or before the first one that is there.
fn add_values(name: &str, old: &[String], new: &[String]) -> Vec<Sql> {
    let mut added = Vec::new();
    for (at, label) in new.iter().enumerate().filter(|(_, label)| !old.contains(label)) {
        let before = at.checked_sub(1).and_then(|at| new.get(at));
        let place = match before {
            Some(before) if new.iter().skip(at).any(|later| old.contains(later)) => {
                format!(" AFTER {}", quote_literal(before))
            }
            None if !old.is_empty() => {
                let first = old.first().map(|first| quote_literal(first)).unwrap_or_default();
                format!(" BEFORE {first}")
            }
            _ => String::new(),
        };
        added.push(Sql::new(format!("ALTER TYPE {name} ADD VALUE {}{place}", quote_literal(label))));
    }
    added
}
