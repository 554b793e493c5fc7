//! Where a page begins: the rows on one side of a place in an order.

use std::sync::Arc;

use super::{order::SortKey, raw::Raw, statement::Statement};

/// A place in an order, and which side of it is meant.
pub(crate) struct Seek<'s> {
    /// In the direction in which rows are read.
    pub(crate) keys: &'s [SortKey],
    /// One for each key; `None` is NULL.
    pub(crate) values: &'s [Option<Raw>],
    /// Whether the row at the place itself is meant too.
    pub(crate) inclusive: bool,
}

impl Seek<'_> {
    /// Conditions that exclude each other, in the order of their rows: together they are all rows after the place.
    ///
    /// Each of them is a range of one index on the keys, so that no more rows are read than the page has. A single
    /// condition would do for all cases if it held ORs; then the index would be read from its beginning.
    pub(crate) fn ranges(&self, to: &mut Statement<'_>) -> Vec<String> {
        let places: Vec<Option<String>> = self
            .values
            .iter()
            .map(|value| value.as_ref().map(|raw| to.place(Arc::new(raw.clone()))))
            .collect();
        let sides: Vec<Side<'_>> = self
            .keys
            .iter()
            .zip(&places)
            .map(|(key, place)| Side { key: *key, place: place.as_deref() })
            .collect();
        if let Some(whole) = self.row_comparison(&sides) {
            return vec![whole];
        }
        let mut ranges = Vec::new();
        if self.inclusive {
            ranges.push(sides.iter().map(|side| side.same()).collect::<Vec<_>>().join(" AND "));
        }
        for (at, side) in sides.iter().enumerate().rev() {
            let before: String =
                sides.iter().take(at).map(|side| side.same() + " AND ").collect::<Vec<_>>().concat();
            ranges.extend(side.after().into_iter().map(|after| format!("{before}{after}")));
        }
        ranges
    }

    /// `(a, b) > ($1, $2)`, where every column goes the same way and no NULL is in the way.
    fn row_comparison(&self, sides: &[Side<'_>]) -> Option<String> {
        let first = self.keys.first()?;
        let plain = |side: &Side<'_>| {
            !side.key.nullable && side.key.descending == first.descending && side.place.is_some()
        };
        if !sides.iter().all(plain) {
            return None;
        }
        let names: Vec<String> = sides.iter().map(Side::name).collect();
        let places: Vec<&str> = sides.iter().filter_map(|side| side.place).collect();
        let operator = match (first.descending, self.inclusive) {
            (false, false) => ">",
            (false, true) => ">=",
            (true, false) => "<",
            (true, true) => "<=",
        };
        Some(format!("({}) {operator} ({})", names.join(", "), places.join(", ")))
    }
}

/// One key beside the value at the place.
struct Side<'s> {
    key: SortKey,
    place: Option<&'s str>,
}

impl Side<'_> {
    fn name(&self) -> String {
        crate::quote_identifier(self.key.column)
    }

    fn same(&self) -> String {
        match self.place {
            Some(place) => format!("{} = {place}", self.name()),
            None => format!("{} IS NULL", self.name()),
        }
    }

    /// Conditions for what comes after it, in order.
    fn after(&self) -> Vec<String> {
        let name = self.name();
        match self.place {
            None if self.key.has_nulls_first() => vec![format!("{name} IS NOT NULL")],
            None => Vec::new(),
            Some(place) => {
                let operator = if self.key.descending { "<" } else { ">" };
                let mut after = vec![format!("{name} {operator} {place}")];
                if self.key.nullable && !self.key.has_nulls_first() {
                    after.push(format!("{name} IS NULL"));
                }
                after
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(keys: &[SortKey], nulls: &[bool], inclusive: bool) -> Vec<String> {
        let values: Vec<Option<Raw>> =
            nulls.iter().map(|null| (!null).then(|| Raw { oid: 20, bytes: vec![] })).collect();
        Seek { keys, values: &values, inclusive }.ranges(&mut Statement::default())
    }

    fn key(column: &'static str, nullable: bool, descending: bool) -> SortKey {
        SortKey { column, nullable, descending, nulls_first: None }
    }

    #[test]
    fn one_direction_without_nulls_is_a_comparison_of_rows() {
        let keys = [key("a", false, true), key("id", false, true)];
        assert_eq!(ranges(&keys, &[false, false], false), [r#"("a", "id") < ($1, $2)"#]);
        assert_eq!(ranges(&keys, &[false, false], true), [r#"("a", "id") <= ($1, $2)"#]);
    }

    #[test]
    fn mixed_directions_are_ranges_in_order() {
        let keys = [key("a", false, true), key("id", false, false)];
        assert_eq!(ranges(&keys, &[false, false], false), [r#""a" = $1 AND "id" > $2"#, r#""a" < $1"#]);
    }

    #[test]
    fn nulls_come_where_the_order_has_them() {
        let last = [key("a", true, false), key("id", false, false)];
        assert_eq!(
            ranges(&last, &[false, false], false),
            [r#""a" = $1 AND "id" > $2"#, r#""a" > $1"#, r#""a" IS NULL"#]
        );
        assert_eq!(ranges(&last, &[true, false], false), [r#""a" IS NULL AND "id" > $1"#]);
        let first = [key("a", true, true), key("id", false, false)];
        assert_eq!(
            ranges(&first, &[true, false], false),
            [r#""a" IS NULL AND "id" > $1"#, r#""a" IS NOT NULL"#]
        );
    }
}
