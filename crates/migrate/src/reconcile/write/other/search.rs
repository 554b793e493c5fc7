//! Text search and collations.

use std::collections::BTreeMap;

use freehold_model::{catalog::Other, name::quote_literal};

use super::{super::Writer, Sql, facts};

pub(super) fn create_collation(other: &Other) -> String {
    let fact = |name: &str| facts::of(other, name);
    let provider = match fact("provider") {
        Some("i") => "icu",
        Some("b") => "builtin",
        _ => "libc",
    };
    if let (Some("-1"), Some(name @ ("C" | "POSIX")), "libc") = (fact("encoding"), fact("collate"), provider)
    {
        return format!("CREATE COLLATION {} FROM pg_catalog.\"{name}\"", other.name);
    }
    let mut parts = vec![format!("provider = {provider}")];
    let locale = fact("locale").or_else(|| fact("collate").filter(|_| provider != "libc"));
    if let Some(locale) = locale {
        parts.push(format!("locale = {}", quote_literal(locale)));
    } else {
        for (word, name) in [("lc_collate", "collate"), ("lc_ctype", "ctype")] {
            parts.extend(fact(name).map(|value| format!("{word} = {}", quote_literal(value))));
        }
    }
    if fact("deterministic") == Some("false") {
        parts.push("deterministic = false".to_owned());
    }
    parts.extend(fact("rules").map(|rules| format!("rules = {}", quote_literal(rules))));
    format!("CREATE COLLATION {} ({})", other.name, parts.join(", "))
}

pub(super) fn create_dictionary(other: &Other) -> String {
    let template = facts::of(other, "template").unwrap_or_default();
    let options = facts::of(other, "options").map(|options| format!(", {options}")).unwrap_or_default();
    format!("CREATE TEXT SEARCH DICTIONARY {} (template = {template}{options})", other.name)
}

/// Sets the options that are there and takes back those that are gone.
pub(super) fn alter_dictionary(old: &Other, new: &Other) -> Vec<Sql> {
    let options = |other: &Other| -> Vec<String> {
        let text = facts::of(other, "options").unwrap_or_default();
        super::super::super::tokens::split_outside(text, ',').into_iter().map(str::to_owned).collect()
    };
    let name = |option: &str| option.split('=').next().unwrap_or_default().trim().to_owned();
    let (old, mut changes) = (options(old), options(new));
    let kept: Vec<String> = changes.iter().map(|option| name(option)).collect();
    changes.extend(old.iter().map(|option| name(option)).filter(|name| !kept.contains(name)));
    vec![Sql::new(format!("ALTER TEXT SEARCH DICTIONARY {} ({})", new.name, changes.join(", ")))]
}

pub(super) fn create_parser(other: &Other) -> String {
    let fact = |name: &str| facts::of(other, name).unwrap_or_default();
    let headline =
        facts::of(other, "headline").map(|name| format!(", headline = {name}")).unwrap_or_default();
    format!(
        "CREATE TEXT SEARCH PARSER {} (start = {}, gettoken = {}, \"end\" = {}, lextypes = {}{headline})",
        other.name,
        fact("start"),
        fact("token"),
        fact("end"),
        fact("lextypes")
    )
}

pub(super) fn create_template(other: &Other) -> String {
    let init = facts::of(other, "init").map(|name| format!("init = {name}, ")).unwrap_or_default();
    let lexize = facts::of(other, "lexize").unwrap_or_default();
    format!("CREATE TEXT SEARCH TEMPLATE {} ({init}lexize = {lexize})", other.name)
}

/// The token types of the default parser, from number 1 (PostgreSQL manual, table 12.1, in the order of the source).
const TOKENS: &[&str] = &[
    "asciiword",
    "word",
    "numword",
    "email",
    "url",
    "host",
    "sfloat",
    "version",
    "hword_numpart",
    "hword_part",
    "hword_asciipart",
    "blank",
    "tag",
    "protocol",
    "numhword",
    "asciihword",
    "hword",
    "url_path",
    "file",
    "float",
    "int",
    "uint",
    "entity",
];

/// Dictionaries by token number, in their order.
fn mappings(other: &Other) -> BTreeMap<usize, Vec<&str>> {
    let mut found: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for line in facts::of(other, "mappings").unwrap_or_default().lines() {
        let Some((number, dictionary)) = line.split_once(": ") else { continue };
        if let Ok(number) = number.parse() {
            found.entry(number).or_default().push(dictionary);
        }
    }
    found
}

pub(super) fn create_configuration(writer: &mut Writer<'_, '_>, other: &Other) -> Vec<Sql> {
    let parser = facts::of(other, "parser").unwrap_or_default();
    let create = Sql::new(format!("CREATE TEXT SEARCH CONFIGURATION {} (parser = {parser})", other.name));
    [create].into_iter().chain(change_mappings(writer, None, other)).collect()
}

pub(super) fn alter_configuration(writer: &mut Writer<'_, '_>, old: &Other, new: &Other) -> Vec<Sql> {
    change_mappings(writer, Some(old), new)
}

fn change_mappings(writer: &mut Writer<'_, '_>, old: Option<&Other>, new: &Other) -> Vec<Sql> {
    let (before, after) = (old.map(mappings).unwrap_or_default(), mappings(new));
    if facts::of(new, "parser") != Some("pg_catalog.default")
        && facts::of(new, "parser") != Some("pg_catalog.\"default\"")
    {
        if before != after {
            writer.cannot_object(
                new.kind,
                &new.name,
                "the names of its parser's tokens are not in the catalog",
            );
        }
        return Vec::new();
    }
    let head = format!("ALTER TEXT SEARCH CONFIGURATION {}", new.name);
    let token = |number: &usize| number.checked_sub(1).and_then(|at| TOKENS.get(at));
    let mut statements = Vec::new();
    // Tokens with the same dictionaries are told together.
    let mut added: BTreeMap<&Vec<&str>, Vec<&str>> = BTreeMap::new();
    let mut altered: BTreeMap<&Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (number, dictionaries) in after.iter().filter(|(number, list)| before.get(number) != Some(list)) {
        let Some(token) = token(number) else { continue };
        let group = if before.contains_key(number) { &mut altered } else { &mut added };
        group.entry(dictionaries).or_default().push(token);
    }
    let gone: Vec<&str> = before
        .keys()
        .filter(|number| !after.contains_key(number))
        .filter_map(|number| token(number).copied())
        .collect();
    if !gone.is_empty() {
        statements.push(Sql::new(format!("{head} DROP MAPPING FOR {}", gone.join(", "))));
    }
    for (verb, group) in [("ALTER", altered), ("ADD", added)] {
        for (dictionaries, tokens) in group {
            let (tokens, dictionaries) = (tokens.join(", "), dictionaries.join(", "));
            statements.push(Sql::new(format!("{head} {verb} MAPPING FOR {tokens} WITH {dictionaries}")));
        }
    }
    statements
}
