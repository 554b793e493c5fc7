//! Rows as structs and tuples.

use postgres_types::FromSqlOwned;

use crate::{Error, row::Row};

/// What a row can be read as. Derive it for a struct: fields take the columns of their names
/// (`#[from_row(column = "...")]` names another one, `#[from_row(json)]` reads JSONB through serde,
/// `#[from_row(default)]` takes `Default` where the answer lacks the column).
pub trait FromRow: Sized {
    /// Reads a row.
    ///
    /// # Errors
    /// [`Error::Column`] for the first column that is missing or of another type.
    fn from_row(row: &Row) -> Result<Self, Error>;
}

impl FromRow for Row {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(row.clone())
    }
}

/// Tuples take the columns by position.
macro_rules! tuple {
    ($($name:ident $position:tt),+) => {
        impl<$($name: FromSqlOwned),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row) -> Result<Self, Error> {
                Ok(($(row.get::<$name>($position as usize)?,)+))
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
