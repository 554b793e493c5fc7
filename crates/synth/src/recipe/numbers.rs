//! Numbers, money and truth values.

use super::Recipe;
use crate::table::Kind;

pub(super) fn recipe(kind: &Kind, _seed: u64) -> Option<Recipe> {
    let cast = kind.cast.clone();
    let whole = |capacity: u64, literals: &[&str]| {
        let (wide, plain, up, down) = (cast.clone(), cast.clone(), cast.clone(), cast.clone());
        Recipe::new(move |i| format!("({i} % {capacity} + 1)::{wide}"))
            .plain(move |i| format!("(1 + {i} % 1000)::{plain}"))
            .capacity(capacity)
            .counts()
            .step(move |from, i| format!("({from} + {i} + 1)::{up}"))
            .step(move |from, i| format!("({from} - {i} - 1)::{down}"))
            .literals(literals)
    };
    const COMMON: &[&str] = &["0", "1", "-1", "2", "10", "50", "100", "1000"];
    match kind.name.as_str() {
        "int2" => Some(whole(32_766, COMMON)),
        "int4" => Some(whole(2_147_483_646, COMMON)),
        "int8" => Some(whole(9_000_000_000_000_000_000, COMMON)),
        "numeric" => Some(numeric(kind)),
        "float4" => Some(floating(&cast, 16_000_000)),
        "float8" => Some(floating(&cast, 1 << 52)),
        "money" => Some(
            Recipe::new(|i| format!("({i} + 1)::pg_catalog.numeric::pg_catalog.money"))
                .literals(COMMON)
                .grows(),
        ),
        "bool" => Some(Recipe::new(|i| format!("({i} % 2 = 0)")).capacity(2).literals(&["true", "false"])),
        _ => None,
    }
}

fn floating(cast: &str, capacity: u64) -> Recipe {
    let (wide, plain, step) = (cast.to_owned(), cast.to_owned(), cast.to_owned());
    Recipe::new(move |i| format!("({i} % {capacity} + 1)::{wide}"))
        .plain(move |i| format!("((1 + {i} % 1000)::pg_catalog.float8 + 0.5)::{plain}"))
        .capacity(capacity)
        .counts()
        .form(|i| format!("(({i} % 997 + 1)::pg_catalog.float8 / 1000)"))
        .step(move |from, i| format!("({from} + ({i} + 1)::pg_catalog.float8 / 1000)::{step}"))
        .literals(&["0", "0.5", "1", "-1", "-0.5", "10", "50", "100"])
}

/// A modifier holds precision and scale: `((p << 16) | s) + 4`, the scale in 11 bits with a sign since 15.
fn numeric(kind: &Kind) -> Recipe {
    let packed = kind.modifier - 4;
    let limits = (kind.modifier >= 4).then(|| {
        let scale = packed & 0x7ff;
        (packed >> 16, if scale > 1024 { scale - 2048 } else { scale })
    });
    let (whole, scale) = limits.map_or((15, 2), |(precision, scale)| (precision - scale, scale.max(0)));
    let power = |digits: i32| 10_u64.pow(u32::try_from(digits.clamp(0, 17)).unwrap_or(0));
    let cast = kind.cast.clone();
    let step = cast.clone();
    let common = &["0", "0.5", "1", "-1", "0.1", "10", "50", "100"];
    let recipe = if whole <= 0 {
        let (parts, smallest) = (power(whole + scale), power(scale));
        let plain = cast.clone();
        Recipe::new(move |i| format!("(({i} % {parts})::pg_catalog.numeric / {smallest})::{cast}"))
            .plain(move |i| format!("(({i} % {parts})::pg_catalog.numeric / {smallest})::{plain}"))
            .capacity(parts)
    } else {
        let (capacity, some) = ((power(whole) - 1).max(1), (power(whole) - 1).clamp(1, 1000));
        let (cents, plain) = (if scale > 0 { " + 0.25" } else { "" }, cast.clone());
        let fine = power(scale.min(3)).max(1);
        let form = cast.clone();
        Recipe::new(move |i| format!("({i} % {capacity} + 1)::pg_catalog.numeric::{cast}"))
            .plain(move |i| format!("(({i} % {some}){cents})::{plain}"))
            .capacity(capacity)
            .counts()
            .form(move |i| format!("(({i} % {fine})::pg_catalog.numeric / {fine})::{form}"))
    };
    recipe.step(move |from, i| format!("({from} + ({i} + 1))::{step}")).literals(common)
}
