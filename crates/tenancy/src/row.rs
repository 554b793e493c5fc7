//! A row of an answer, whichever way it came.

use std::{error::Error as StdError, fmt, sync::Arc};

use bytes::Bytes;
use postgres_types::{FromSql, Type};

use crate::{Error, from_row::FromRow};

/// A column of an answer.
///
/// ```
/// use freehold_tenancy::Column;
/// use postgres_types::Type;
///
/// let column = Column { name: "created_at".to_owned(), ty: Type::TIMESTAMPTZ };
/// assert_eq!(column.ty.name(), "timestamptz");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// One row. Values are read by name or by position (counted from 0), as any type that implements
/// [`postgres_types::FromSql`].
///
/// ```
/// use freehold_tenancy::{Error, Execute, Row};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let row: Row = db.tenant(&tenant).query_one("SELECT id, body FROM notes WHERE id = 1", &[]).await?;
/// assert_eq!((row.get::<i64>("id")?, row.get::<&str>(1)?), (1, "milk"));
/// assert!(matches!(row.get::<i32>("id"), Err(Error::Column { .. })), "a bigint is no i32");
/// assert_eq!(format!("{row:?}"), r#"Row(["id", "body"])"#);
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct Row(Inner);

#[derive(Clone)]
enum Inner {
    Own { answer: Arc<Answer>, row: usize },
    Driver(Arc<tokio_postgres::Row>),
}

/// The rows of one answer as the wire protocol gives it, which they share.
pub(crate) struct Answer {
    pub(crate) columns: Arc<[Column]>,
    pub(crate) body: Bytes,
    /// Where each value is in `body`, row by row; `None` is NULL.
    pub(crate) fields: Vec<Option<(u32, u32)>>,
}

impl Answer {
    /// The bytes of a value; the outer `None` when the answer is cut off.
    fn value(&self, row: usize, column: usize) -> Option<Option<&[u8]>> {
        match self.fields.get(row.checked_mul(self.columns.len())?.checked_add(column)?)? {
            None => Some(None),
            Some((begin, end)) => self.body.get(*begin as usize..*end as usize).map(Some),
        }
    }
}

/// A name or a position of a column.
///
/// ```
/// use freehold_tenancy::{ColumnIndex, Error, Row};
///
/// fn text(row: &Row, column: impl ColumnIndex) -> Result<String, Error> {
///     row.get::<Option<String>>(column).map(Option::unwrap_or_default)
/// }
/// # async fn f(row: Row) -> Result<(), Error> {
/// let same = text(&row, "body")? == text(&row, 1)?;
/// # Ok(())
/// # }
/// ```
pub trait ColumnIndex: fmt::Display {
    /// Where it is among `names`.
    ///
    /// ```
    /// use freehold_tenancy::ColumnIndex;
    ///
    /// assert_eq!("body".position(&mut ["id", "body"].into_iter()), Some(1));
    /// assert_eq!(2_usize.position(&mut ["id", "body"].into_iter()), None);
    /// ```
    fn position(&self, names: &mut dyn Iterator<Item = &str>) -> Option<usize>;
}

impl ColumnIndex for usize {
    fn position(&self, names: &mut dyn Iterator<Item = &str>) -> Option<usize> {
        (*self < names.count()).then_some(*self)
    }
}

impl ColumnIndex for &str {
    fn position(&self, names: &mut dyn Iterator<Item = &str>) -> Option<usize> {
        names.enumerate().find(|(_, name)| name == self).map(|(at, _)| at)
    }
}

impl Row {
    /// A row of an answer; `row` is counted from 0.
    pub(crate) fn of(answer: Arc<Answer>, row: usize) -> Self {
        Self(Inner::Own { answer, row })
    }

    /// How many columns it has.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, Row};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let row: Row = db.tenant(&tenant).query_one("SELECT id, body FROM notes WHERE id = 1", &[]).await?;
    /// assert_eq!(row.len(), 2);
    /// assert_eq!(row.column(1).map(|(name, ty)| (name, ty.name())), Some(("body", "text")));
    /// assert!(row.has("body") && !row.has("title"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn len(&self) -> usize {
        match &self.0 {
            Inner::Own { answer, .. } => answer.columns.len(),
            Inner::Driver(row) => row.len(),
        }
    }

    /// Whether it has no column.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, Row};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let rows: Vec<Row> = db.tenant(&tenant).query("SELECT FROM notes", &[]).await?;
    /// assert!(rows.len() == 3 && rows.iter().all(Row::is_empty));
    /// # Ok(())
    /// # });
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it has a column of this name.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Row};
    ///
    /// fn title(row: &Row) -> Result<Option<String>, Error> {
    ///     if row.has("title") { row.get("title") } else { Ok(None) }
    /// }
    /// ```
    pub fn has(&self, name: &str) -> bool {
        (0..self.len()).filter_map(|at| self.column(at)).any(|(known, _)| known == name)
    }

    /// The name and type of the column at a position.
    ///
    /// ```
    /// use freehold_tenancy::Row;
    ///
    /// fn header(row: &Row) -> String {
    ///     let names: Vec<&str> = (0..row.len()).filter_map(|at| row.column(at)).map(|(name, _)| name).collect();
    ///     names.join(",")
    /// }
    /// ```
    pub fn column(&self, position: usize) -> Option<(&str, &Type)> {
        match &self.0 {
            Inner::Own { answer, .. } => {
                answer.columns.get(position).map(|column| (column.name.as_str(), &column.ty))
            }
            Inner::Driver(row) => row.columns().get(position).map(|column| (column.name(), column.type_())),
        }
    }

    /// The value of a column.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, Json, Row};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let sql = "SELECT tenant_id, created_at, data FROM notes WHERE id = 1";
    /// let row: Row = db.tenant(&tenant).query_one(sql, &[]).await?;
    /// assert_eq!(Some(row.get::<uuid::Uuid>("tenant_id")?), tenant.as_uuid());
    /// let Json(data): Json<serde_json::Value> = row.get("data")?;
    /// assert_eq!(data, serde_json::json!({}));
    /// assert!(row.get::<String>("title").is_err(), "there is no such column");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Column`] when there is no such column, or it is not of this type.
    pub fn get<'r, T: FromSql<'r>>(&'r self, index: impl ColumnIndex) -> Result<T, Error> {
        let failed = |source| Error::Column { column: index.to_string(), source };
        let position = match &self.0 {
            Inner::Own { answer, .. } => {
                index.position(&mut answer.columns.iter().map(|column| column.name.as_str()))
            }
            Inner::Driver(row) => index.position(&mut row.columns().iter().map(tokio_postgres::Column::name)),
        };
        let position = position.ok_or_else(|| failed("the answer has no such column".into()))?;
        match &self.0 {
            Inner::Own { answer, row } => {
                let ty = answer.columns.get(position).map_or(&Type::UNKNOWN, |column| &column.ty);
                if !T::accepts(ty) {
                    return Err(failed(unfit::<T>(ty)));
                }
                let bytes =
                    answer.value(*row, position).ok_or_else(|| failed("the row is cut off".into()))?;
                T::from_sql_nullable(ty, bytes).map_err(failed)
            }
            Inner::Driver(row) => row
                .try_get(position)
                .map_err(|error| failed(error.into_source().unwrap_or_else(|| "unreadable".into()))),
        }
    }

    /// The whole row as a struct or a tuple.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, Row};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let rows: Vec<Row> = db.tenant(&tenant).query("SELECT id, body FROM notes ORDER BY id", &[]).await?;
    /// let (id, body): (i64, String) = rows[2].read()?;
    /// assert_eq!((id, body.as_str()), (3, "tea"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Column`] for the first column that is missing or of another type.
    pub fn read<T: FromRow>(&self) -> Result<T, Error> {
        T::from_row(self)
    }
}

fn unfit<T>(ty: &Type) -> Box<dyn StdError + Send + Sync> {
    format!("a {ty} can't be read as {}", std::any::type_name::<T>()).into()
}

impl From<tokio_postgres::Row> for Row {
    fn from(row: tokio_postgres::Row) -> Self {
        Self(Inner::Driver(Arc::new(row)))
    }
}

/// Names of the columns; no values.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = (0..self.len()).filter_map(|at| self.column(at)).map(|(name, _)| name);
        f.debug_tuple("Row").field(&names.collect::<Vec<_>>()).finish()
    }
}
