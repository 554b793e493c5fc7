//! Pieces of SQL: names, literals, options, privileges' objects.

use freehold_model::{
    catalog::{Function, FunctionKind, Relation, RelationKind},
    name::{QualifiedName, quote_identifier, quote_literal},
};

/// One statement, without a semicolon.
#[derive(Debug, Clone)]
pub(super) struct Sql {
    pub(super) text: String,
    /// True when rows or values go away with it.
    pub(super) destroys: bool,
}

impl Sql {
    /// A statement that destroys nothing.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), destroys: false }
    }

    /// A statement that destroys rows or values.
    pub(super) fn destroying(text: impl Into<String>) -> Self {
        Self { text: text.into(), destroys: true }
    }
}

/// Quotes a name.
pub(super) fn q(name: &str) -> String {
    quote_identifier(name)
}

/// Quotes names and joins them with commas.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(quote_identifier).collect::<Vec<_>>().join(", ")
}

/// `name` and value of `name=value`; the value is empty when there is none.
pub(super) fn pair(option: &str) -> (&str, &str) {
    option.split_once('=').unwrap_or((option, ""))
}

/// Storage parameters for `WITH (...)`; each name gets the prefix, as `toast.`.
pub(super) fn parameters(options: &[String], prefix: &str) -> Vec<String> {
    let written = options.iter().map(|option| {
        let (name, value) = pair(option);
        format!("{prefix}{}={}", q(name), quote_literal(value))
    });
    written.collect()
}

/// The `SET (...)` and `RESET (...)` that turn some storage parameters into others.
pub(super) fn parameter_changes(old: &[String], new: &[String], prefix: &str) -> Vec<String> {
    let set: Vec<String> = new.iter().filter(|option| !old.contains(option)).cloned().collect();
    let has = |name: &str| new.iter().any(|option| pair(option).0 == name);
    let reset = old.iter().map(|option| pair(option).0).filter(|name| !has(name));
    let reset: Vec<String> = reset.map(|name| format!("{prefix}{}", q(name))).collect();
    let mut changes = Vec::new();
    if !reset.is_empty() {
        changes.push(format!("RESET ({})", reset.join(", ")));
    }
    if !set.is_empty() {
        changes.push(format!("SET ({})", parameters(&set, prefix).join(", ")));
    }
    changes
}

/// `OPTIONS (...)` for something new; empty without options.
pub(super) fn foreign_options(options: &[String]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let written = options.iter().map(|option| {
        let (name, value) = pair(option);
        format!("{} {}", q(name), quote_literal(value))
    });
    format!(" OPTIONS ({})", written.collect::<Vec<_>>().join(", "))
}

/// `OPTIONS (ADD ..., SET ..., DROP ...)`; nothing when nothing changes.
pub(super) fn foreign_option_changes(old: &[String], new: &[String]) -> Option<String> {
    let value = |options: &[String], name: &str| -> Option<String> {
        options
            .iter()
            .map(|option| pair(option))
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value.to_owned())
    };
    let mut changes = Vec::new();
    for (name, text) in new.iter().map(|option| pair(option)) {
        let text_literal = quote_literal(text);
        match value(old, name) {
            None => changes.push(format!("ADD {} {text_literal}", q(name))),
            Some(before) if before != text => changes.push(format!("SET {} {text_literal}", q(name))),
            Some(_) => {}
        }
    }
    let gone = old.iter().map(|option| pair(option).0).filter(|name| value(new, name).is_none());
    changes.extend(gone.map(|name| format!("DROP {}", q(name))));
    (!changes.is_empty()).then(|| format!("OPTIONS ({})", changes.join(", ")))
}

/// Settings whose value is a list of names, each quoted by itself (`GUC_LIST_QUOTE` in the server's source).
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// `name TO value` for a setting as the server stores it.
pub(super) fn setting(name: &str, value: &str) -> String {
    let shown: Vec<String> = name.split('.').map(quote_identifier).collect();
    let value = if LISTS.contains(&name) {
        let names: Vec<String> =
            super::tokens::split_outside(value, ',').iter().map(|one| unquoted(one)).collect();
        names.iter().map(|name| quote_literal(name)).collect::<Vec<_>>().join(", ")
    } else {
        quote_literal(value)
    };
    format!("{} TO {}", shown.join("."), if value.is_empty() { "''" } else { &value })
}

/// A name without its quotes.
pub(super) fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// The word for a relation in `DROP`, `ALTER` and `COMMENT`.
pub(super) fn relation_word(relation: &Relation) -> &'static str {
    match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => "TABLE",
        RelationKind::View => "VIEW",
        RelationKind::MaterializedView => "MATERIALIZED VIEW",
        RelationKind::ForeignTable => "FOREIGN TABLE",
        RelationKind::Sequence => "SEQUENCE",
        RelationKind::CompositeType => "TYPE",
    }
}

/// The word and the name of a function with its arguments, for all statements but `CREATE`.
pub(super) fn function_object(function: &Function) -> String {
    let name = function.name.quoted();
    match function.kind {
        FunctionKind::Aggregate if function.arguments.is_empty() => format!("AGGREGATE {name}(*)"),
        FunctionKind::Aggregate => format!("AGGREGATE {name}({})", function.arguments),
        FunctionKind::Procedure => format!("PROCEDURE {name}({})", function.identity_arguments),
        FunctionKind::Function | FunctionKind::Window => {
            format!("FUNCTION {name}({})", function.identity_arguments)
        }
    }
}

/// A role's name, or a word that stands for one.
pub(super) fn role(name: &str) -> String {
    if name == "public" { "PUBLIC".to_owned() } else { q(name) }
}

/// A text between dollar signs, with a tag that does not occur in it.
pub(super) fn dollar_quoted(text: &str) -> String {
    let mut tag = "$$".to_owned();
    let mut number = 0_u32;
    // A text that ends in a dollar sign would end a `$$` too early.
    while text.contains(&tag) || (tag == "$$" && text.ends_with('$')) {
        tag = format!("$body{}$", if number == 0 { String::new() } else { number.to_string() });
        number += 1;
    }
    format!("{tag}{text}{tag}")
}

/// A name that is free: the wanted one with a suffix, cut to what an identifier holds (63 bytes).
pub(super) fn aside(name: &QualifiedName, taken: impl Fn(&QualifiedName) -> bool) -> QualifiedName {
    for number in 0_u32.. {
        let suffix = if number == 0 { "_before".to_owned() } else { format!("_before{number}") };
        let mut end = name.name.len().min(63 - suffix.len());
        while !name.name.is_char_boundary(end) {
            end -= 1;
        }
        let start = name.name.get(..end).unwrap_or_default();
        let other = QualifiedName::new(name.schema.clone(), format!("{start}{suffix}"));
        if !taken(&other) {
            return other;
        }
    }
    name.clone()
}
