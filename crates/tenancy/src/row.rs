//! A row of an answer, whichever way it came.

use std::{error::Error as StdError, fmt, sync::Arc};

use bytes::Bytes;
use postgres_types::{FromSql, Type};

use crate::{Error, from_row::FromRow};

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// One row. Values are read by name or by position (counted from 0), as any type that implements
/// [`postgres_types::FromSql`].
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
pub trait ColumnIndex: fmt::Display {
    /// Where it is among `names`.
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
    pub fn len(&self) -> usize {
        match &self.0 {
            Inner::Own { answer, .. } => answer.columns.len(),
            Inner::Driver(row) => row.len(),
        }
    }

    /// Whether it has no column.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it has a column of this name.
    pub fn has(&self, name: &str) -> bool {
        (0..self.len()).filter_map(|at| self.column(at)).any(|(known, _)| known == name)
    }

    /// The name and type of the column at a position.
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
