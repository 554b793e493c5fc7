//! Foreign data wrappers, servers and user mappings. Options that may be secrets are not in the catalog.

use freehold_model::{
    catalog::{ObjectKind, Other},
    name::quote_literal,
};

use super::{Sql, facts, object, sql};

/// Options, one in each line; a line that does not look like an option belongs to the value before it.
fn options(other: &Other) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in facts::of(other, "options").unwrap_or_default().split('\n') {
        match found.last_mut() {
            Some(last) if !line.contains('=') => *last = format!("{last}\n{line}"),
            _ if line.is_empty() => {}
            _ => found.push(line.to_owned()),
        }
    }
    found
}

fn functions(other: &Other, with_no: bool) -> String {
    let one = |word: &str, name: &str| match facts::of(other, name) {
        Some(function) => format!(" {word} {function}"),
        None if with_no => format!(" NO {word}"),
        None => String::new(),
    };
    one("HANDLER", "handler") + &one("VALIDATOR", "validator")
}

pub(super) fn create_wrapper(other: &Other) -> String {
    format!(
        "CREATE FOREIGN DATA WRAPPER {}{}{}",
        other.name,
        functions(other, false),
        sql::foreign_options(&options(other))
    )
}

pub(super) fn create_server(other: &Other) -> String {
    let fact = |name: &str, word: &str| {
        facts::of(other, name).map(|value| format!(" {word} {}", quote_literal(value))).unwrap_or_default()
    };
    format!(
        "CREATE SERVER {}{}{} FOREIGN DATA WRAPPER {}{}",
        other.name,
        fact("type", "TYPE"),
        fact("version", "VERSION"),
        facts::of(other, "wrapper").unwrap_or_default(),
        sql::foreign_options(&options(other))
    )
}

/// `CREATE USER MAPPING FOR x SERVER y` from the name `for x at y`.
pub(super) fn mapping(verb: &str, name: &str) -> String {
    let (role, server) =
        name.strip_prefix("for ").and_then(|rest| rest.rsplit_once(" at ")).unwrap_or((name, ""));
    format!("{verb} USER MAPPING FOR {role} SERVER {server}")
}

pub(super) fn create_mapping(other: &Other) -> String {
    mapping("CREATE", &other.name) + &sql::foreign_options(&options(other))
}

pub(super) fn alter(old: &Other, new: &Other) -> Vec<Sql> {
    let head = match new.kind {
        ObjectKind::UserMapping => mapping("ALTER", &new.name),
        _ => format!("ALTER {}", object(new)),
    };
    let mut change = String::new();
    if new.kind == ObjectKind::ForeignDataWrapper && functions(old, true) != functions(new, true) {
        change += &functions(new, true);
    }
    if facts::of(old, "version") != facts::of(new, "version") {
        let version = facts::of(new, "version").map_or_else(|| "NULL".to_owned(), quote_literal);
        change = format!("{change} VERSION {version}");
    }
    if let Some(options) = sql::foreign_option_changes(&options(old), &options(new)) {
        change = format!("{change} {options}");
    }
    if change.is_empty() { Vec::new() } else { vec![Sql::new(head + &change)] }
}
