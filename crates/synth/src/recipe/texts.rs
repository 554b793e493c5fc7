//! Texts of any length, names and enum labels.

use std::sync::Arc;

use super::{Make, Recipe, tag};
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, seed: u64) -> Option<Recipe> {
    if kind.class == 'e' {
        let labels = kind.labels.len();
        let cast = kind.cast.clone();
        return (labels > 0).then(|| {
            Recipe::new(move |i| {
                format!("(pg_catalog.enum_range(NULL::{cast}))[1 + ({i} % {labels})::pg_catalog.int4]")
            })
            .capacity(labels as u64)
        });
    }
    let length = match kind.name.as_str() {
        "name" => Some(63),
        "char" if kind.class == 'b' => Some(1),
        "bpchar" => Some(kind.length().unwrap_or(32)),
        "text" | "citext" => None,
        "varchar" => kind.length(),
        _ => return None,
    };
    let made = match length {
        None => keys(seed),
        Some(length) if length >= 36 => keys(seed),
        Some(length) if length >= 30 => spacious(seed),
        Some(length) if length >= 8 => Recipe::new(|i| format!("('r' || pg_catalog.to_hex({i}))")),
        Some(length) => {
            let wide = letters('a', length);
            Recipe::new(move |i| wide(i)).capacity(26_u64.pow(length.min(8)))
        }
    };
    Some(forms(made))
}

fn spacious(seed: u64) -> Recipe {
    let tag = tag(seed);
    Recipe::new(move |i| format!("('row-{tag}-' || {i})"))
}

/// Where values must differ they are keys as a rule, which many schemas keep as text and policies cast to uuid.
fn keys(seed: u64) -> Recipe {
    let tag = tag(seed);
    let named = spacious(seed);
    let (plain, form) = (named.plain.clone(), named.plain);
    let wide = move |i: &str| {
        format!("pg_catalog.md5('{tag}' || ({i})::pg_catalog.text)::pg_catalog.uuid::pg_catalog.text")
    };
    Recipe::new(wide).plain(move |i| plain(i)).form(move |i| form(i))
}

/// So many letters, the number written in base 26, its lowest digit last.
fn letters(first: char, length: u32) -> Make {
    let first = u32::from(first);
    Arc::new(move |i| {
        let digits = (0..length.min(64)).rev().map(|digit| {
            let power = 26_u64.checked_pow(digit).filter(|power| i64::try_from(*power).is_ok());
            match power {
                Some(power) => format!("pg_catalog.chr({first} + ({i} / {power} % 26)::pg_catalog.int4)"),
                None => format!("pg_catalog.chr({first})"),
            }
        });
        format!("({})", digits.collect::<Vec<_>>().join(" || "))
    })
}

/// Shapes that conditions on texts ask for most.
fn forms(recipe: Recipe) -> Recipe {
    let (small, large) = (letters('a', 6), letters('A', 6));
    let (two, three) = (letters('A', 2), letters('A', 3));
    recipe
        .form(move |i| small(i))
        .form(move |i| large(i))
        .form(|i| format!("('user' || {i} || '@example.com')"))
        .form(|i| format!("('https://example.com/' || {i})"))
        .form(|i| format!("('+1555' || pg_catalog.lpad(({i} % 10000000)::pg_catalog.text, 7, '0'))"))
        .form(|i| format!("('/path/' || {i})"))
        .form(|i| format!("pg_catalog.md5({i}::pg_catalog.text)"))
        .form(|i| {
            let bytes = format!("pg_catalog.convert_to({i}::pg_catalog.text, 'UTF8')");
            format!("pg_catalog.encode(pg_catalog.sha256({bytes}), 'hex')")
        })
        .form(|i| format!("({i} + 1)::pg_catalog.text"))
        .form(|i| format!("('1.0.' || {i})"))
        .form(|i| format!("('#' || pg_catalog.lpad(pg_catalog.to_hex({i} % 16777216), 6, '0'))"))
        .form(|i| format!("pg_catalog.host('10.0.0.0'::pg_catalog.inet + {i} % 16777216)"))
        .form(|i| format!("pg_catalog.md5({i}::pg_catalog.text)::pg_catalog.uuid::pg_catalog.text"))
        .form(|i| format!("('$2b$12$' || pg_catalog.rpad(pg_catalog.md5({i}::pg_catalog.text), 53, 'a'))"))
        .form(move |i| two(i))
        .form(move |i| three(i))
        .form(|i| format!("('A' || {i})"))
        .form(|i| format!("('a' || {i} || '.example.com')"))
        .form(|i| format!("pg_catalog.rpad('a long text ' || {i} || ' ', 400, 'text ')"))
        .literals(&[
            "",
            "a",
            "A",
            "ab",
            "en",
            "EN",
            "USD",
            "usd",
            "UTC",
            "Europe/Berlin",
            "0",
            "1",
            "{}",
            "[]",
            "true",
            "2024-01-01",
            "2024-01",
            "#000000",
            "a@example.com",
            "en-US",
            "en_US",
            "0.0.1",
            "00:00",
        ])
        .sized(|length| {
            if length == 0 || length > 100_000 {
                return Vec::new();
            }
            let digits: Make =
                Arc::new(move |i| format!("pg_catalog.lpad({i}::pg_catalog.text, {length}, '0')"));
            let hex: Make =
                Arc::new(move |i| format!("pg_catalog.lpad(pg_catalog.to_hex({i}), {length}, '0')"));
            let plain: Make =
                Arc::new(move |i| format!("pg_catalog.lpad(pg_catalog.to_hex({i}), {length}, 'a')"));
            vec![plain, letters('a', length), letters('A', length), digits, hex]
        })
}
