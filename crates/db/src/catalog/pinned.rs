//! The settings under which the server prints definitions: pinned while the catalog is read, then put back.
//!
//! Inside a transaction they are set and put back with the reach of `SET LOCAL`: what a script had set before shines
//! through again at its commit as it would have (PostgreSQL manual, `SET`: the latest value holds until the end, and
//! the session's value is kept beneath). Outside of one, the reads are a transaction of their own which is rolled
//! back, so that nothing is left at all.

/// Names and values. With `pg_catalog` alone in the path every other name is printed with its schema; the rest is what
/// constants and plans depend on.
const PINNED: &[(&str, &str)] = &[
    ("search_path", "pg_catalog"),
    ("plan_cache_mode", "force_generic_plan"),
    ("jit", "off"),
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("quote_all_identifiers", "off"),
    ("standard_conforming_strings", "on"),
];

/// Sets those of `$1` that are not as in `$2` until the end of the transaction.
pub(super) const SET: &str = "select pg_catalog.set_config(s.name, s.value, true) \
     from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) s(name, value) \
     where pg_catalog.current_setting(s.name) is distinct from s.value";

/// Says whether a transaction block is open. Sent by the simple protocol: there, a statement outside of a block begins
/// its own transaction at the very time of the statement.
pub(super) const IN_TRANSACTION: &str =
    "select pg_catalog.now() operator(pg_catalog.<) pg_catalog.statement_timestamp()";

/// The names.
pub(super) fn names() -> Vec<&'static str> {
    PINNED.iter().map(|(name, _)| *name).collect()
}

/// The pinned values.
pub(super) fn values() -> Vec<String> {
    PINNED.iter().map(|(_, value)| (*value).to_owned()).collect()
}
