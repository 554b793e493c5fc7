//! Reading rows field by field, in the order of the query.

use tokio_postgres::{Row, types::FromSql};

/// A field that is not what the query promises; the reader adds what it was reading.
pub(super) type Bad = tokio_postgres::Error;

/// The fields of a row, one after the other: faster than looking each up by its name.
pub(super) struct Fields<'a> {
    row: &'a Row,
    next: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(row: &'a Row) -> Self {
        Self { row, next: 0 }
    }

    /// The next field.
    pub(super) fn next<T: FromSql<'a>>(&mut self) -> Result<T, Bad> {
        let field = self.row.try_get(self.next);
        self.next += 1;
        field
    }
}
