//! The growth of one statement: two measured points and the line through them.

use serde::Serialize;

use super::px;
use crate::{
    render::words::growth_words,
    report::{Growth, GrowthKind},
};

/// The drawing.
#[derive(Serialize)]
pub(in crate::render::html) struct Chart {
    small: (String, String),
    large: (String, String),
    end: (String, String),
    class: &'static str,
    words: String,
}

const WIDTH: f64 = 130.0;
const HEIGHT: f64 = 46.0;
const EDGE: f64 = 6.0;

/// `None` without two measurements.
pub(in crate::render::html) fn chart(growth: &Growth) -> Option<Chart> {
    let small_rows = rows(growth.small_rows?);
    let large_rows = rows(growth.large_rows?);
    let (small_ms, large_ms) = (growth.small_ms?, growth.large_ms?);
    let most_rows = large_rows.max(small_rows).max(1.0);
    let most_ms = large_ms.max(small_ms).max(f64::MIN_POSITIVE);
    let point = |rows: f64, ms: f64| {
        (EDGE + rows / most_rows * (WIDTH - 4.0 * EDGE), HEIGHT - EDGE - ms / most_ms * (HEIGHT - 2.0 * EDGE))
    };
    let (small, large) = (point(small_rows, small_ms), point(large_rows, large_ms));
    let x = WIDTH - EDGE;
    let slope = if large.0 > small.0 { (large.1 - small.1) / (large.0 - small.0) } else { 0.0 };
    let end = (x, (large.1 + slope * (x - large.0)).max(0.0));
    let written = |(x, y): (f64, f64)| (px(x), px(y));
    Some(Chart {
        small: written(small),
        large: written(large),
        end: written(end),
        class: if growth.kind == GrowthKind::Grows { "grows" } else { "constant" },
        words: growth_words(growth),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a drawing needs no more than 52 bits of a row count")]
fn rows(rows: u64) -> f64 {
    rows as f64
}
