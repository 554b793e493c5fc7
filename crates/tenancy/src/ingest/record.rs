//! Rows to send.

use postgres_types::ToSql;

use super::{IngestError, encode::Encoder};

/// A row to send: a tuple of values, or a struct that derives it.
///
/// `#[derive(Record)]` takes each field as the column of its name; `#[record(column = "...")]` names another one,
/// `#[record(json)]` writes JSONB through serde, `#[record(skip)]` leaves the field out.
///
/// ```
/// # use freehold_tenancy::{Record, ingest};
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// #[derive(Record)]
/// struct Note {
///     id: i64,
///     #[record(column = "body")]
///     text: &'static str,
///     #[record(skip)]
///     draft: bool,
/// }
///
/// let notes = [Note { id: 4, text: "salt", draft: false }];
/// assert_eq!(ingest::into("notes").rows(&acme, notes.iter().filter(|note| !note.draft)).await?.rows, 1);
/// # Ok(())
/// # });
/// ```
pub trait Record {
    /// The names of the columns, where the type knows them.
    const COLUMNS: &'static [&'static str] = &[];

    /// Writes the values, in the order of the columns.
    ///
    /// # Errors
    /// [`IngestError::WrongType`], [`IngestError::Value`] and [`IngestError::Width`], as [`RowWriter::value`] gives them.
    ///
    /// ```
    /// # use freehold_tenancy::ingest::{self, IngestError, Record, RowWriter};
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// struct Shelf(Vec<&'static str>);
    ///
    /// impl Record for Shelf {
    ///     const COLUMNS: &'static [&'static str] = &["id", "body"];
    ///
    ///     fn write(&self, row: &mut RowWriter<'_>) -> Result<(), IngestError> {
    ///         row.value(&(self.0.len() as i64))?;
    ///         row.value(&self.0.join(", "))
    ///     }
    /// }
    ///
    /// let shelf = Shelf(vec!["salt", "oil", "rice", "flour"]);
    /// assert_eq!(ingest::into("notes").rows(&acme, [shelf]).await?.rows, 1);
    /// # Ok(())
    /// # });
    /// ```
    fn write(&self, row: &mut RowWriter<'_>) -> Result<(), IngestError>;
}

/// Takes the values of one row.
///
/// ```
/// # use freehold_tenancy::ingest::{IngestError, Record, RowWriter};
/// struct Point {
///     at: [f64; 2],
/// }
///
/// impl Record for Point {
///     const COLUMNS: &'static [&'static str] = &["x", "y"];
///
///     fn write(&self, row: &mut RowWriter<'_>) -> Result<(), IngestError> {
///         self.at.iter().try_for_each(|value| row.value(value))
///     }
/// }
/// ```
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
    ///
    /// ```
    /// # use freehold_tenancy::ingest::{self, IngestError, Record, RowWriter};
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// struct Wide;
    ///
    /// impl Record for Wide {
    ///     fn write(&self, row: &mut RowWriter<'_>) -> Result<(), IngestError> {
    ///         row.value(&4_i64)?;
    ///         row.value(&"salt") // beyond the one column that was named
    ///     }
    /// }
    ///
    /// let sent = ingest::into("notes").column("id").rows(&acme, [Wide]).await;
    /// assert!(matches!(sent, Err(IngestError::Width { wanted: 1, got: 2, .. })));
    /// # Ok(())
    /// # });
    /// ```
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
