//! JSON and XML.

use super::Recipe;
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, _seed: u64) -> Option<Recipe> {
    match kind.name.as_str() {
        "jsonb" => Some(json("pg_catalog.jsonb")),
        "json" => Some(json("pg_catalog.json")),
        "jsonpath" => Some(Recipe::new(|i| format!("('$.k' || {i})::pg_catalog.jsonpath"))),
        "xml" => Some(
            Recipe::new(|i| format!("('<row>' || {i} || '</row>')::pg_catalog.xml"))
                .literals(&["<row/>", "<?xml version=\"1.0\"?><row/>"]),
        ),
        _ => None,
    }
}

fn json(cast: &'static str) -> Recipe {
    Recipe::new(move |i| format!("('{{\"n\": ' || {i} || '}}')::{cast}"))
        .form(move |i| format!("('[' || {i} || ']')::{cast}"))
        .form(move |i| format!("('[\"' || {i} || '\"]')::{cast}"))
        .form(move |i| format!("('\"' || {i} || '\"')::{cast}"))
        .form(move |i| format!("({i}::pg_catalog.text)::{cast}"))
        .literals(&["{}", "[]", "\"a\"", "1", "0", "true", "false", "null", "[{}]"])
}
