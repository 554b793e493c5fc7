//! Rows as structs and tuples.

use postgres_types::FromSqlOwned;

use crate::{Error, row::Row};

/// What a row can be read as. Derive it for a struct; tuples take the columns by position.
///
/// ```
/// use freehold_tenancy::FromRow;
///
/// #[derive(FromRow)]
/// struct Stamps {
///     created_at: jiff::Timestamp,
///     updated_at: Option<jiff::Timestamp>,
/// }
///
/// #[derive(FromRow)]
/// struct Note<D> {
///     id: i64,
///     #[from_row(column = "body")]
///     text: String,
///     #[from_row(json)]
///     data: Option<serde_json::Value>,
///     #[from_row(default)]
///     rank: f32,
///     #[from_row(flatten)]
///     stamps: Stamps,
///     #[from_row(skip)]
///     loaded: bool,
///     detail: D,
/// }
/// ```
///
/// A field takes the column of its name, which may be NULL where the field is an `Option`. On the struct,
/// `#[from_row(rename_all = "...")]` makes other names of all of them: `camelCase`, `PascalCase` or
/// `SCREAMING_SNAKE_CASE`. On a field: `column` names another column, `json` reads JSON through serde, `default` takes
/// `Default` where the answer lacks the column, `skip` takes `Default` always, `flatten` reads the field from the same
/// row, by its own `FromRow`.
pub trait FromRow: Sized {
    /// Reads a row.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute, FromRow, Row};
    ///
    /// /// Read by hand, since two columns make one field.
    /// struct Note { headline: String }
    ///
    /// impl FromRow for Note {
    ///     fn from_row(row: &Row) -> Result<Self, Error> {
    ///         Ok(Self { headline: format!("{}. {}", row.get::<i64>("id")?, row.get::<&str>("body")?) })
    ///     }
    /// }
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let note: Note = db.tenant(&tenant).query_one("SELECT id, body FROM notes WHERE id = 1", &[]).await?;
    /// assert_eq!(note.headline, "1. milk");
    /// # Ok(())
    /// # });
    /// ```
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
