//! Which rows are made: their numbers, and whose they are.

/// The name of a row's number among columns whose names are not ours.
pub(crate) const NUMBER: &str = "\"freehold row number\"";

/// The colour of a row: whose it is. No reference leads from one colour to another.
pub(crate) const COLOUR: &str = "\"freehold colour\"";

/// A row's number among those of its colour.
pub(crate) const PLACE: &str = "\"freehold place\"";

/// Rows of one colour, numbered on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) colour: u32,
    /// The first number, which no other row has.
    pub(crate) first: u64,
    /// The first number among the rows of the colour.
    pub(crate) place: u64,
    pub(crate) count: u64,
}

impl Span {
    /// Rows without a colour.
    pub(crate) fn plain(first: u64, count: u64) -> Self {
        Self { colour: 0, first, place: first, count }
    }
}

/// The SQL of the rows' numbers, colours and places.
pub(super) fn numbers(spans: &[Span]) -> String {
    if let [Span { colour, first, place, count }] = spans {
        return format!(
            "SELECT n.n, {colour}, n.n - {first} + {place} FROM (SELECT pg_catalog.generate_series(\
             {first}::pg_catalog.int8, {first}::pg_catalog.int8 + {count} - 1)) AS n(n)"
        );
    }
    let list =
        |of: fn(&Span) -> u64| spans.iter().map(|span| of(span).to_string()).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT u.first + k.k, u.colour::pg_catalog.int4, u.place + k.k FROM ROWS FROM (\
         pg_catalog.unnest(ARRAY[{}]::pg_catalog.int8[]), pg_catalog.unnest(ARRAY[{}]::pg_catalog.int8[]), \
         pg_catalog.unnest(ARRAY[{}]::pg_catalog.int8[]), pg_catalog.unnest(ARRAY[{}]::pg_catalog.int8[])) AS u(colour, first, place, count) CROSS JOIN LATERAL \
         (SELECT pg_catalog.generate_series(0::pg_catalog.int8, u.count - 1)) AS k(k)",
        list(|span| u64::from(span.colour)),
        list(|span| span.first),
        list(|span| span.place),
        list(|span| span.count),
    )
}

/// The SQL of some of them, to try conditions on.
pub(crate) fn samples(spans: &[Span]) -> String {
    let mut rows: Vec<(u64, u32, u64)> = Vec::new();
    let each = if spans.len() > 1 { 3 } else { 6 };
    for span in spans.iter().take(3).chain(spans.last()) {
        let places = (0..span.count.min(each)).chain(span.count.checked_sub(1));
        rows.extend(places.map(|at| (span.first + at, span.colour, span.place + at)));
    }
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() {
        rows.push((0, 0, 0));
    }
    let values: Vec<String> = rows
        .iter()
        .map(|(number, colour, place)| {
            format!("({number}::pg_catalog.int8, {colour}, {place}::pg_catalog.int8)")
        })
        .collect();
    format!("VALUES {}", values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_of_several_colours_and_hold_the_last_row() {
        let span = |colour: u32| Span { colour, first: u64::from(colour) * 10, place: 0, count: 5 };
        let sql = samples(&[span(0), span(1), span(2), span(3)]);
        for row in ["(0::pg_catalog.int8, 0, 0", "(14::pg_catalog.int8, 1, 4", "(34::pg_catalog.int8, 3, 4"] {
            assert!(sql.contains(row), "{sql}");
        }
        assert_eq!(samples(&[Span::plain(7, 1)]), "VALUES (7::pg_catalog.int8, 0, 7::pg_catalog.int8)");
    }
}
