//! Bodies of functions, as far as policies and ways around them need them.

use freehold_model::name::QualifiedName;
use freehold_sql::{
    parse_each,
    tree::{LexemeKind, NodeEnum, lexemes, protobuf, read},
};

use super::nodes::single_value;
use crate::state::{KnownFunction, State};

/// The functions that a name written in SQL means.
pub(super) fn named<'a>(state: &'a State, name: &str) -> &'a [KnownFunction] {
    let (schema, bare) = match name.rsplit_once('.') {
        Some((schema, bare)) => (Some(schema), bare),
        None => (None, name),
    };
    state.functions_named(&state.resolve(schema, bare))
}

/// The expression that a function in SQL consists of; none when there are several functions of the name, or more than
/// one expression in it.
pub(super) fn single_expression(state: &State, name: &str) -> Option<protobuf::Node> {
    let [known] = named(state, name) else { return None };
    if known.function.language != "sql" {
        return None;
    }
    let body = known.function.body.trim();
    let tree = match read(body) {
        Some(tree) => tree,
        None => read(&format!("SELECT {}", body.strip_prefix("RETURN ")?))?,
    };
    single_value(&protobuf::Node { node: Some(tree) }).cloned()
}

/// The settings with a dot in their name that a body reads with `current_setting`.
pub fn settings_read(body: &str) -> Vec<String> {
    let words: Vec<_> = lexemes(body).collect();
    words
        .windows(3)
        .filter_map(|three| match three {
            [function, open, name]
                if function.is("current_setting") && open.text == "(" && name.kind == LexemeKind::String =>
            {
                Some(name.text.trim_matches('\'').to_ascii_lowercase())
            }
            _ => None,
        })
        .filter(|name| name.contains('.'))
        .collect()
}

/// True when a body asks who is there: a setting, or the caller's identity.
pub fn asks_who_is_there(state: &State, body: &str) -> bool {
    asks(state, body, 0)
}

fn asks(state: &State, body: &str, depth: u8) -> bool {
    if !settings_read(body).is_empty() {
        return true;
    }
    let words: Vec<_> = lexemes(body).collect();
    if words.iter().any(|word| word.is("session_user")) {
        return true;
    }
    words.windows(2).enumerate().any(|(at, two)| {
        let [name, open] = two else { return false };
        if open.text != "(" || !matches!(name.kind, LexemeKind::Word | LexemeKind::QuotedIdentifier) {
            return false;
        }
        let schema = at
            .checked_sub(2)
            .filter(|_| words.get(at - 1).is_some_and(|dot| dot.text == "."))
            .and_then(|before| words.get(before))
            .map(|schema| unquoted(schema.text));
        let bare = unquoted(name.text);
        if schema.as_deref() == Some("auth") && matches!(bare.as_str(), "uid" | "jwt" | "role" | "email") {
            return true;
        }
        depth < 3
            && state
                .functions_named(&state.resolve(schema.as_deref(), &bare))
                .iter()
                .any(|known| asks(state, &known.function.body, depth + 1))
    })
}

/// A name as PostgreSQL reads it.
pub(super) fn unquoted(text: &str) -> String {
    match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_ascii_lowercase(),
    }
}

/// How a body uses a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The relation.
    pub name: QualifiedName,
    /// Its rows are read.
    pub reads: bool,
}

/// The relations that a body reads or writes, as far as its text shows: in SQL by its tree, else by the words after
/// `FROM`, `JOIN`, `INTO` and `UPDATE`.
pub fn relations(state: &State, language: &str, body: &str) -> Vec<Touched> {
    let mut found: Vec<Touched> = Vec::new();
    if language == "sql" {
        let mut readable = false;
        parse_each(body, &mut |outcome| {
            if let Ok(parsed) = outcome {
                readable = true;
                for object in
                    parsed.statement.effect.objects.iter().filter(|object| object.kind.is_relation())
                {
                    let reads = object.use_ == freehold_sql::Use::Reads;
                    found.push(Touched { name: state.name_of(object), reads });
                }
            }
        });
        if readable && !found.is_empty() {
            return found;
        }
    }
    let words: Vec<_> = lexemes(body).collect();
    for (at, word) in words.iter().enumerate() {
        let reads = word.is("from") || word.is("join");
        if !reads && !word.is("into") && !word.is("update") {
            continue;
        }
        let after_only = usize::from(words.get(at + 1).is_some_and(|next| next.is("only")));
        let mut parts = words.iter().skip(at + 1 + after_only);
        let Some(first) = parts.next().filter(|first| first.kind != LexemeKind::Symbol) else { continue };
        let qualified = parts.next().is_some_and(|dot| dot.text == ".");
        let second = parts.next().filter(|_| qualified);
        let name = match second {
            Some(second) => state.resolve(Some(&unquoted(first.text)), &unquoted(second.text)),
            None => state.resolve(None, &unquoted(first.text)),
        };
        let deletes = at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|w| w.is("delete"));
        if state.relation(&name).is_some() {
            found.push(Touched { name, reads: reads && !deletes });
        }
    }
    found
}

/// The relations that a view's query reads.
pub fn read_by_query(state: &State, query: &str) -> Vec<QualifiedName> {
    let mut found = Vec::new();
    parse_each(query, &mut |outcome| {
        if let Ok(parsed) = outcome {
            found.extend(
                parsed
                    .statement
                    .effect
                    .objects
                    .iter()
                    .filter(|object| object.kind.is_relation())
                    .map(|object| state.name_of(object)),
            );
        }
    });
    found
}

/// True for a function that only a trigger can call.
pub fn is_trigger(known: &KnownFunction) -> bool {
    known.function.result.as_deref().is_some_and(|result| {
        let result = result.trim_start_matches("pg_catalog.");
        result == "trigger" || result == "event_trigger"
    })
}

/// True for a node that is a plain function call.
pub(super) fn call(node: &protobuf::Node) -> Option<&protobuf::FuncCall> {
    match node.node.as_ref()? {
        NodeEnum::FuncCall(call) => Some(call),
        _ => None,
    }
}
