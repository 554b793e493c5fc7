//! Dates, times, instants and spans of time.

use super::Recipe;
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, _seed: u64) -> Option<Recipe> {
    let cast = kind.cast.clone();
    match kind.name.as_str() {
        "timestamptz" | "timestamp" => Some(instants(&cast)),
        "date" => Some(
            Recipe::new(|i| format!("('2020-01-01'::pg_catalog.date + ({i} % 1000000)::pg_catalog.int4)"))
                .plain(|i| format!("('2024-01-01'::pg_catalog.date + ({i} % 366)::pg_catalog.int4)"))
                .capacity(1_000_000)
                .grows()
                .form(|i| format!("('2090-01-01'::pg_catalog.date + ({i} % 100000)::pg_catalog.int4)"))
                .form(|i| format!("('1970-01-01'::pg_catalog.date + ({i} % 3650)::pg_catalog.int4)"))
                .form(|i| {
                    let months = format!("({i} % 3600)::pg_catalog.float8 * '1 month'::pg_catalog.interval");
                    format!("('2024-01-01'::pg_catalog.date + {months})::pg_catalog.date")
                })
                .form(|i| format!("('2024-01-01'::pg_catalog.date + (7 * ({i} % 100000))::pg_catalog.int4)"))
                .step(|from, i| format!("({from} + ({i} % 100000 + 1)::pg_catalog.int4)"))
                .step(|from, i| format!("({from} - ({i} % 100000 + 1)::pg_catalog.int4)")),
        ),
        "time" | "timetz" => {
            let (wide, plain) = (cast.clone(), cast.clone());
            Some(
                Recipe::new(move |i| {
                    let part = "'1 microsecond'::pg_catalog.interval";
                    format!(
                        "('00:00'::pg_catalog.time + ({i} % 86400000000)::pg_catalog.float8 * {part})::{wide}"
                    )
                })
                .plain(move |i| {
                    let part = "'1 minute'::pg_catalog.interval";
                    format!("('08:00'::pg_catalog.time + ({i} % 600)::pg_catalog.float8 * {part})::{plain}")
                })
                .capacity(86_400_000_000)
                .form(move |i| {
                    let part = "'1 second'::pg_catalog.interval";
                    format!("('18:30'::pg_catalog.time + ({i} % 3600)::pg_catalog.float8 * {part})::{cast}")
                })
                .step(|from, i| {
                    format!(
                        "({from} + ({i} % 3600 + 1)::pg_catalog.float8 * '1 second'::pg_catalog.interval)"
                    )
                }),
            )
        }
        "interval" => Some(
            Recipe::new(move |i| {
                format!("(({i} + 1)::pg_catalog.float8 * '1 second'::pg_catalog.interval)::{cast}")
            })
            .grows()
            .form(|i| format!("(({i} % 3650 + 1)::pg_catalog.float8 * '1 day'::pg_catalog.interval)"))
            .step(|from, i| {
                format!("({from} + ({i} + 1)::pg_catalog.float8 * '1 second'::pg_catalog.interval)")
            })
            .literals(&["0", "1 minute", "1 hour", "1 day", "7 days", "30 days", "1 month", "1 year"]),
        ),
        _ => None,
    }
}

fn instants(cast: &str) -> Recipe {
    let from = move |start: &'static str, unit: &'static str, limit: u64, cast: &str| {
        let cast = cast.to_owned();
        move |i: &str| {
            let distance = format!("({i} % {limit})::pg_catalog.float8 * '{unit}'::pg_catalog.interval");
            format!("('{start}'::{cast} + {distance})")
        }
    };
    let step = |sign: char, unit: &'static str| {
        move |from: &str, i: &str| {
            format!("({from} {sign} ({i} + 1)::pg_catalog.float8 * '{unit}'::pg_catalog.interval)")
        }
    };
    Recipe::new(from("2024-01-01 00:00:00+00", "1 hour", 50_000_000, cast))
        .grows()
        .form(from("2090-01-01 00:00:00+00", "1 minute", 50_000_000, cast))
        .form(from("1970-01-02 00:00:00+00", "1 minute", 20_000_000, cast))
        .form(from("2024-01-01 00:00:00", "1 day", 1_000_000, cast))
        .form(from("2024-01-01 00:00:00", "1 month", 3_600, cast))
        .form(from("2024-01-01 00:00:00+00", "1 second", 50_000_000, cast))
        .step(step('+', "1 second"))
        .step(step('-', "1 second"))
        .step(step('+', "1 day"))
}
