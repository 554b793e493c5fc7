//! Object ids, names of the server's own objects, positions in the log.

use super::Recipe;
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, _seed: u64) -> Option<Recipe> {
    let fixed = |text: &'static str| {
        let cast = kind.cast.clone();
        Some(Recipe::new(move |_| format!("'{text}'::{cast}")).capacity(1))
    };
    let cast = kind.cast.clone();
    match kind.name.as_str() {
        "oid" => Some(
            Recipe::new(|i| format!("({i} % 4000000000 + 1)::pg_catalog.oid"))
                .capacity(4_000_000_000)
                .counts(),
        ),
        "xid" | "cid" | "xid8" => Some(
            Recipe::new(move |i| format!("(({i} % 4000000000 + 3)::pg_catalog.text)::{cast}"))
                .capacity(4_000_000_000),
        ),
        "pg_lsn" => {
            Some(Recipe::new(|i| format!("('0/' || pg_catalog.to_hex({i} % 4294967296))::pg_catalog.pg_lsn")))
        }
        "tid" => Some(Recipe::new(|i| format!("('(' || {i} % 4294967295 || ',1)')::pg_catalog.tid"))),
        "regclass" => fixed("pg_catalog.pg_class"),
        "regtype" => fixed("pg_catalog.int4"),
        "regproc" => fixed("pg_catalog.now"),
        "regprocedure" => fixed("pg_catalog.now()"),
        "regoper" | "regoperator" => fixed("pg_catalog.+(pg_catalog.int4,pg_catalog.int4)"),
        "regnamespace" => fixed("pg_catalog"),
        "regrole" => fixed("pg_monitor"),
        "regconfig" => fixed("pg_catalog.simple"),
        "regdictionary" => fixed("pg_catalog.simple"),
        "regcollation" => fixed("pg_catalog.\"C\""),
        "pg_snapshot" | "txid_snapshot" => fixed("10:20:10,14"),
        "int2vector" | "oidvector" => {
            Some(Recipe::new(move |i| format!("({i} % 30000 || ' 1')::{cast}")).capacity(30_000))
        }
        _ => None,
    }
}
