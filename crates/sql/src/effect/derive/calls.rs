//! What the functions that a statement calls say about it.

use pg_query::NodeEnum;
use pg_query::protobuf::{FuncCall, Node, SelectStmt};

use crate::effect::object::{ObjectKind, Use};
use crate::effect::{Effect, names};

/// Names of the functions that PostgreSQL 14 to 18 bring along, sorted, separated by white space.
const BUILTIN: &str = include_str!("builtin_functions.txt");

/// Built-in functions that change what all databases of the server share.
const CLUSTER_WIDE: &[&str] = &[
    "pg_copy_logical_replication_slot",
    "pg_copy_physical_replication_slot",
    "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot",
    "pg_create_restore_point",
    "pg_drop_replication_slot",
    "pg_promote",
    "pg_reload_conf",
    "pg_replication_origin_create",
    "pg_replication_origin_drop",
    "pg_rotate_logfile",
    "pg_switch_wal",
    "pg_terminate_backend",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
];

/// Built-in functions that run SQL which they are given as text.
const DYNAMIC: &[&str] = &[
    "cursor_to_xml",
    "query_to_xml",
    "query_to_xml_and_xmlschema",
    "query_to_xmlschema",
    "ts_rewrite",
    "ts_stat",
];

const SLEEPING: &[&str] = &["pg_sleep", "pg_sleep_for", "pg_sleep_until"];

/// Types that need no catalog to be known, besides those that the grammar itself puts into `pg_catalog`.
const TYPES: &[&str] = &[
    "any",
    "anyarray",
    "anycompatible",
    "anycompatiblearray",
    "anycompatiblemultirange",
    "anycompatiblenonarray",
    "anycompatiblerange",
    "anyelement",
    "anyenum",
    "anymultirange",
    "anynonarray",
    "anyrange",
    "bigserial",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "fdw_handler",
    "float4",
    "float8",
    "index_am_handler",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "language_handler",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "serial",
    "serial2",
    "serial4",
    "serial8",
    "smallserial",
    "table_am_handler",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "trigger",
    "tsm_handler",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xid",
    "xid8",
    "xml",
];

/// True for the bare name of a type that every server has.
pub(super) fn is_builtin_type(name: &str) -> bool {
    TYPES.binary_search(&name).is_ok()
}

/// True for the bare name of a function that some supported server brings along.
fn is_builtin_function(name: &str) -> bool {
    use std::sync::OnceLock;
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| BUILTIN.split_whitespace().collect()).binary_search(&name).is_ok()
}

/// Adds calls to an effect. With `runs` the functions are carried out by the statement itself.
pub(super) fn add(effect: &mut Effect, calls: &[Vec<String>], runs: bool) {
    for parts in calls {
        let Some((name, schema)) = parts.split_last() else { continue };
        let written = parts.join(".");
        if !effect.calls.contains(&written) {
            effect.calls.push(written);
        }
        let builtin = match schema {
            [] => is_builtin_function(name),
            [schema] => schema == "pg_catalog",
            _ => false,
        };
        if !runs {
            continue;
        }
        if !builtin {
            effect.hide(format!("what the function {} does is not in the text", parts.join(".")));
            continue;
        }
        let name = name.as_str();
        effect.cluster_wide |= CLUSTER_WIDE.contains(&name);
        effect.sleeps |= SLEEPING.contains(&name);
        if DYNAMIC.contains(&name) {
            effect.hide(format!("{name} runs SQL that it is given as text"));
        }
        if name == "set_config" && effect.session.is_empty() {
            effect.hide("it changes a setting that the text does not name");
        }
    }
}

/// The functions that a `SELECT` without `FROM` calls in its list.
pub(super) fn listed(select: &SelectStmt) -> impl Iterator<Item = &FuncCall> {
    select.target_list.iter().filter_map(|target| match target.node.as_ref()? {
        NodeEnum::ResTarget(target) => call(target.val.as_deref()?),
        _ => None,
    })
}

/// A call, also behind a cast.
fn call(node: &Node) -> Option<&FuncCall> {
    match node.node.as_ref()? {
        NodeEnum::FuncCall(call) => Some(call),
        NodeEnum::TypeCast(cast) => call(cast.arg.as_deref()?),
        _ => None,
    }
}

/// `setval('app.a_seq', 1)` and `nextval` write the sequence that they name.
pub(super) fn add_sequences(effect: &mut Effect, select: &SelectStmt) {
    for call in listed(select) {
        let name = names::texts(&call.funcname);
        if !name.last().is_some_and(|name| name == "setval" || name == "nextval") {
            continue;
        }
        let Some(sequence) = call.args.first().and_then(names::constant) else { continue };
        let parts = identifier_parts(&sequence);
        if let Some(sequence) = names::named(ObjectKind::Sequence, &parts, Use::Writes) {
            effect.push(sequence);
        }
    }
}

/// The parts of a name as `regclass` reads it: bare ones are folded to lower case, quoted ones stay.
fn identifier_parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            other => {
                let folded = if quoted { other } else { other.to_ascii_lowercase() };
                if let Some(last) = parts.last_mut() {
                    last.push(folded);
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_so_that_they_can_be_searched() {
        assert!(TYPES.is_sorted());
        assert!(BUILTIN.split_whitespace().is_sorted());
        assert!(
            is_builtin_function("now") && is_builtin_function("uuidv7") && !is_builtin_function("my_now")
        );
    }
}
