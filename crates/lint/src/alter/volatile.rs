//! Whether an expression gives another value for each row.

use freehold_model::catalog::Volatility;
use freehold_sql::tree::{self, protobuf::Node};

use crate::context::Context;

/// Whether an expression gives another value for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PerRow {
    /// No: one value for the whole statement.
    No,
    /// Yes.
    Yes,
    /// It calls a function that is not known.
    Unknown,
}

/// Functions that PostgreSQL, or an extension that many use, declares VOLATILE and that people put into defaults.
const VOLATILE: &[&str] = &[
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "lastval",
    "nextval",
    "random",
    "random_normal",
    "setval",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// Judges the expression by the functions that it calls; the first one that is to blame is given with the answer.
pub(crate) fn per_row(context: &Context<'_>, expression: &Node) -> (PerRow, Option<String>) {
    let mut unknown = None;
    for call in tree::calls(expression) {
        let Some((name, schema)) = call.split_last() else { continue };
        let schema = schema.last().map(String::as_str);
        let full = call.join(".");
        let functions = context.state.functions_named(&context.state.resolve(schema, name));
        if functions.iter().any(|known| known.function.volatility == Volatility::Volatile) {
            return (PerRow::Yes, Some(full));
        }
        if !functions.is_empty() {
            continue;
        }
        if VOLATILE.contains(&name.as_str()) {
            return (PerRow::Yes, Some(full));
        }
        // Functions that PostgreSQL does not bring along make a statement opaque.
        if context.statement.effect.opaque && schema != Some("pg_catalog") && !is_stable(name) {
            unknown = unknown.or(Some(full));
        }
    }
    match unknown {
        Some(name) => (PerRow::Unknown, Some(name)),
        None => (PerRow::No, None),
    }
}

/// Functions that stand in defaults beside others and are known well.
fn is_stable(name: &str) -> bool {
    matches!(
        name,
        "now"
            | "transaction_timestamp"
            | "statement_timestamp"
            | "timezone"
            | "lower"
            | "upper"
            | "concat"
            | "coalesce"
            | "current_setting"
            | "date_trunc"
            | "to_char"
            | "jsonb_build_object"
            | "json_build_object"
            | "md5"
            | "replace"
    )
}
