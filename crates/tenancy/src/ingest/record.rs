//! Rows to send.

use postgres_types::ToSql;

use super::{IngestError, encode::Encoder};

/// A row to send: a tuple of values, or a struct that derives it.
///
/// `#[derive(Record)]` takes each field as the column of its name; `#[record(column = "...")]` names another one,
/// `#[record(json)]` writes JSONB through serde, `#[record(skip)]` leaves the field out.
pub trait Record {
    /// The names of the columns, where the type knows them.
    const COLUMNS: &'static [&'static str] = &[];

    /// Writes the values, in the order of the columns.
    ///
    /// # Errors
    /// [`IngestError::WrongType`], [`IngestError::Value`] and [`IngestError::Width`], as [`RowWriter::value`] gives them.
    fn write(&self, row: &mut RowWriter<'_>) -> Result<(), IngestError>;
}

/// Takes the values of one row.
#[derive(Debug)]
pub struct RowWriter<'w> {
    pub(super) encoder: &'w mut Encoder,
}

impl RowWriter<'_> {
    /// Writes the value of the next column.
    ///
    /// # Errors
    /// [`IngestError::WrongType`] when the type is not the column's, [`IngestError::Value`] when this value can't be sent,
    /// [`IngestError::Width`] when there is no further column.
    pub fn value<T: ToSql>(&mut self, value: &T) -> Result<(), IngestError> {
        self.encoder.value(value)
    }
}

impl<R: Record + ?Sized> Record for &R {
    const COLUMNS: &'static [&'static str] = R::COLUMNS;

    fn write(&self, row: &mut RowWriter<'_>) -> Result<(), IngestError> {
        (**self).write(row)
    }
}

macro_rules! tuple {
    ($($name:ident $position:tt),+) => {
        impl<$($name: ToSql),+> Record for ($($name,)+) {
            fn write(&self, row: &mut RowWriter<'_>) -> Result<(), IngestError> {
                $(row.value(&self.$position)?;)+
                Ok(())
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
