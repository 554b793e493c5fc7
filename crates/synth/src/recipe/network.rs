//! Addresses of networks and of network cards.

use super::Recipe;
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, _seed: u64) -> Option<Recipe> {
    let hex = |i: &str, digits: u32| format!("pg_catalog.lpad(pg_catalog.to_hex({i}), {digits}, '0')");
    match kind.name.as_str() {
        "inet" => Some(
            Recipe::new(|i| format!("('10.0.0.0'::pg_catalog.inet + {i} % 16777216)"))
                .capacity(16_777_216)
                .form(|i| format!("('2001:db8::'::pg_catalog.inet + {i})"))
                .form(|i| format!("pg_catalog.set_masklen('10.0.0.0'::pg_catalog.inet + {i} % 16777216, 24)"))
                .literals(&["127.0.0.1", "192.168.0.1", "::1", "10.0.0.0/8"]),
        ),
        "cidr" => Some(
            Recipe::new(|i| format!("('10.0.0.0'::pg_catalog.inet + {i} % 16777216)::pg_catalog.cidr"))
                .capacity(16_777_216)
                .form(|i| {
                    format!("pg_catalog.set_masklen('10.0.0.0'::pg_catalog.inet + 256 * ({i} % 65536), 24)::pg_catalog.cidr")
                })
                .form(|i| format!("('2001:db8::'::pg_catalog.inet + {i})::pg_catalog.cidr"))
                .literals(&["10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"]),
        ),
        "macaddr" => Some(
            Recipe::new(move |i| format!("({})::pg_catalog.macaddr", hex(i, 12))).capacity(1 << 48),
        ),
        "macaddr8" => Some(Recipe::new(move |i| format!("({})::pg_catalog.macaddr8", hex(i, 16)))),
        _ => None,
    }
}
