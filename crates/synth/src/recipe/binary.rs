//! Bytes, bits and uuids.

use std::sync::Arc;

use super::{Make, Recipe, tag};
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, seed: u64) -> Option<Recipe> {
    match kind.name.as_str() {
        "uuid" => Some(uuid(seed)),
        "bytea" => {
            let bytes = |i: &str| format!("pg_catalog.decode(pg_catalog.md5({i}::pg_catalog.text), 'hex')");
            let sized = |length: u32| -> Vec<Make> {
                if length == 0 || length > 100_000 {
                    return Vec::new();
                }
                vec![Arc::new(move |i| {
                    let hex = format!("pg_catalog.lpad(pg_catalog.to_hex({i}), {}, '0')", length * 2);
                    format!("pg_catalog.decode({hex}, 'hex')")
                })]
            };
            Some(
                Recipe::new(bytes)
                    .form(|i| {
                        format!("pg_catalog.sha256(pg_catalog.convert_to({i}::pg_catalog.text, 'UTF8'))")
                    })
                    .form(|i| {
                        format!("pg_catalog.decode(pg_catalog.lpad(pg_catalog.to_hex({i}), 200, '0'), 'hex')")
                    })
                    .literals(&[""])
                    .sized(sized),
            )
        }
        "bit" | "varbit" => {
            let length =
                u32::try_from(kind.modifier).unwrap_or(if kind.name == "bit" { 1 } else { 64 }).max(1);
            let filled = length.saturating_sub(63);
            let (low, zeros) = (length.min(63), "0".repeat(usize::try_from(filled).unwrap_or(0)));
            let sized = |length: u32| -> Vec<Make> {
                if length == 0 || length > 63 {
                    return Vec::new();
                }
                vec![Arc::new(move |i| format!("({i})::pg_catalog.bit({length})"))]
            };
            Some(
                Recipe::new(move |i| {
                    format!("('{zeros}'::pg_catalog.varbit || ({i})::pg_catalog.bit({low}))")
                })
                .capacity(1 << low.min(62))
                .sized(sized),
            )
        }
        _ => None,
    }
}

/// Shaped as version 4 (RFC 9562, 5.4), from the seed and the number so that a run can be repeated.
fn uuid(seed: u64) -> Recipe {
    let tag = tag(seed);
    Recipe::new(move |i| {
        let hash = format!("pg_catalog.md5('{tag}:' || {i})");
        let shaped = format!("pg_catalog.overlay(pg_catalog.overlay({hash}, '4', 13, 1), '8', 17, 1)");
        format!("({shaped})::pg_catalog.uuid")
    })
    .literals(&["00000000-0000-0000-0000-000000000000"])
}
