//! The functions that PostgreSQL brings along, and how volatile they are.

use std::{collections::HashMap, sync::OnceLock};

use freehold_model::catalog::Volatility;

/// The volatility of a function that PostgreSQL, or an extension that many use, brings along. Read from `pg_proc` of
/// version 15, with what later versions added; the most volatile where the forms of one name differ.
pub(super) fn builtin(name: &str) -> Option<Volatility> {
    static TABLE: OnceLock<HashMap<&'static str, Volatility>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = HashMap::new();
        let mut volatility = Volatility::Volatile;
        for line in include_str!("volatility.txt").lines() {
            match line.strip_prefix("# ") {
                Some("volatile") => volatility = Volatility::Volatile,
                Some("stable") => volatility = Volatility::Stable,
                Some(_) => volatility = Volatility::Immutable,
                None => table.extend(line.split(' ').map(|name| (name, volatility))),
            }
        }
        table
    });
    table.get(name).copied()
}

/// True for the bare name of a function that PostgreSQL, or an extension that many use, brings along.
pub(in crate::state) fn is_builtin_function(name: &str) -> bool {
    builtin(name).is_some()
}

/// The same, or a word of the grammar that stands before a parenthesis.
pub(in crate::state) fn is_known_call(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "all",
        "and",
        "any",
        "array",
        "as",
        "between",
        "by",
        "case",
        "cast",
        "check",
        "coalesce",
        "conflict",
        "distinct",
        "else",
        "end",
        "except",
        "exists",
        "filter",
        "from",
        "greatest",
        "if",
        "in",
        "intersect",
        "is",
        "join",
        "least",
        "like",
        "not",
        "nullif",
        "on",
        "or",
        "over",
        "return",
        "row",
        "select",
        "set",
        "then",
        "union",
        "using",
        "values",
        "when",
        "where",
        "with",
        "numeric",
        "varchar",
        "char",
        "decimal",
        "extract",
        "overlay",
        "position",
        "substring",
        "trim",
    ];
    builtin(word).is_some() || WORDS.contains(&word)
}
