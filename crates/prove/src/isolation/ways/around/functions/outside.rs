//! Functions that would act outside of the database are not called.

use std::collections::BTreeSet;

use freehold_model::catalog::{Catalog, Function};

/// Words of a body that reach outside, or that act on the server as a whole.
const OUTSIDE: &[&str] = &[
    "dblink",
    "dblink_exec",
    "dblink_connect",
    "http_get",
    "http_post",
    "http_put",
    "http_delete",
    "http_patch",
    "http",
    "net.http_get",
    "net.http_post",
    "net.http_delete",
    "lo_export",
    "lo_import",
    "pg_read_file",
    "pg_read_binary_file",
    "pg_ls_dir",
    "pg_file_write",
    "pg_terminate_backend",
    "pg_cancel_backend",
    "pg_reload_conf",
    "pg_rotate_logfile",
    "pg_switch_wal",
    "pg_promote",
    "pg_create_restore_point",
    "pg_drop_replication_slot",
    "pg_create_logical_replication_slot",
    "aws_lambda.invoke",
    "pg_background_launch",
];

/// Languages whose functions stay inside: others can do anything.
const INSIDE: &[&str] = &["sql", "plpgsql", "plv8", "plperl", "pltcl"];

/// What a function, or one that it calls, would do outside.
pub(in crate::isolation::ways::around) fn acts_outside(
    catalog: &Catalog,
    function: &Function,
) -> Option<String> {
    for called in reached(catalog, function) {
        if !INSIDE.contains(&called.language.as_str()) {
            return Some(format!("{} is written in {}", called.name, called.language));
        }
        let body = called.body.to_ascii_lowercase();
        if let Some(word) = OUTSIDE.iter().find(|word| calls(&body, word)) {
            return Some(format!("{} calls {word}", called.name));
        }
        let words: Vec<&str> = body.split_whitespace().collect();
        if words.contains(&"copy")
            && (words.contains(&"program") || body.contains("to '/") || body.contains("from '/"))
        {
            return Some(format!("{} copies to or from files or programs", called.name));
        }
        if words.windows(2).any(|pair| pair == ["alter", "system"]) {
            return Some(format!("{} changes the server's settings", called.name));
        }
    }
    None
}

/// The bodies of a function and of those that it names.
pub(in crate::isolation::ways::around) fn bodies<'c>(
    catalog: &'c Catalog,
    function: &'c Function,
) -> Vec<&'c str> {
    reached(catalog, function).into_iter().map(|function| function.body.as_str()).collect()
}

fn reached<'c>(catalog: &'c Catalog, function: &'c Function) -> Vec<&'c Function> {
    let mut found = vec![function];
    let mut known: BTreeSet<u32> = BTreeSet::from([function.oid]);
    let mut at = 0;
    while let Some(body) = found.get(at).map(|function| function.body.as_str()) {
        for other in catalog.functions.iter() {
            if !known.contains(&other.oid) && mentions(body, &other.name.name) {
                known.insert(other.oid);
                found.push(other);
            }
        }
        at += 1;
    }
    found
}

/// True when a text has this name as a word of its own.
pub(in crate::isolation::ways::around) fn mentions(text: &str, name: &str) -> bool {
    places(text, name).next().is_some()
}

/// Where a text has this name as a word of its own.
pub(in crate::isolation::ways::around) fn places<'t>(
    text: &'t str,
    name: &'t str,
) -> impl Iterator<Item = usize> + 't {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let found = text.match_indices(name).filter(move |(at, found)| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|text| text.chars().next());
        !name.is_empty() && !before.is_some_and(is_part) && !after.is_some_and(is_part)
    });
    found.map(|(at, _)| at)
}

/// True when a text calls this name: an opening parenthesis follows.
fn calls(body: &str, name: &str) -> bool {
    places(body, name)
        .any(|at| body.get(at + name.len()..).is_some_and(|rest| rest.trim_start().starts_with('(')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(language: &str, body: &str) -> Function {
        Function { oid: 1, language: language.to_owned(), body: body.to_owned(), ..Function::default() }
    }

    #[test]
    fn what_reaches_outside_is_told_from_what_only_speaks_of_it() {
        let catalog = Catalog::default();
        let outside =
            |language: &str, body: &str| acts_outside(&catalog, &function(language, body)).is_some();
        assert!(outside("sql", "SELECT dblink_exec ('x', 'y')"));
        assert!(outside("plpgsql", "BEGIN COPY t TO PROGRAM 'mail'; END"));
        assert!(outside("plpython3u", ""));
        assert!(!outside("sql", "SELECT http FROM endpoints"));
        assert!(!outside("sql", "SELECT copy, program_name FROM t"));
    }
}
