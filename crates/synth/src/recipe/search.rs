//! Words for full-text search, labels and key-value pairs.

use super::Recipe;
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, _seed: u64) -> Option<Recipe> {
    let cast = kind.cast.clone();
    match kind.name.as_str() {
        "tsvector" => Some(Recipe::new(|i| format!("('row ' || 'n' || {i})::pg_catalog.tsvector"))),
        "tsquery" => Some(Recipe::new(|i| format!("('row & n' || {i})::pg_catalog.tsquery"))),
        "hstore" => Some(Recipe::new(move |i| format!("('n=>' || {i})::{cast}")).literals(&["", "a=>1"])),
        "ltree" => Some(
            Recipe::new(move |i| format!("('top.n' || {i})::{cast}"))
                .literals(&["", "top", "a.b", "1", "1.2"]),
        ),
        "lquery" => Some(Recipe::new(move |i| format!("('top.n' || {i})::{cast}"))),
        "ltxtquery" => Some(Recipe::new(move |i| format!("('n' || {i})::{cast}"))),
        _ => None,
    }
}
