//! What a server says when it refuses a statement, without what only operators may read.

use std::fmt;

use freehold_model::sqlstate::SqlState;

/// A server's refusal.
///
/// `Display` and `Debug` show the SQLSTATE, and the names of table, column and constraint. The server's own message and
/// its DETAIL can hold values of rows (`Failing row contains (...)`), of another tenant too, so that they are shown by
/// [`DatabaseError::for_operators`] alone and never reach an answer by accident.
#[derive(Clone)]
pub struct DatabaseError {
    pub(crate) sqlstate: SqlState,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) constraint: Option<String>,
}

impl DatabaseError {
    /// The SQLSTATE.
    pub fn sqlstate(&self) -> SqlState {
        self.sqlstate
    }

    /// The table, where the server names one.
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// The column, where the server names one.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// The constraint, where the server names one.
    pub fn constraint(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    /// Message, DETAIL and HINT, for logs that only operators read. They can hold values of rows.
    pub fn for_operators(&self) -> String {
        let mut text = self.message.clone();
        for (word, more) in [("detail", &self.detail), ("hint", &self.hint)] {
            if let Some(more) = more {
                text.push_str("; ");
                text.push_str(word);
                text.push_str(": ");
                text.push_str(more);
            }
        }
        text
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLSTATE {}", self.sqlstate)?;
        let named = [
            ("schema", &self.schema),
            ("table", &self.table),
            ("column", &self.column),
            ("constraint", &self.constraint),
        ];
        for (word, name) in named {
            if let Some(name) = name {
                write!(f, ", {word} {name}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseError({self})")
    }
}

impl std::error::Error for DatabaseError {}

/// `XX000`, PostgreSQL's own code for what has no other, where a server's code is none.
pub(crate) fn sqlstate(code: &str) -> SqlState {
    SqlState::parse(code).unwrap_or(SqlState::INTERNAL_ERROR)
}

impl From<&tokio_postgres::error::DbError> for DatabaseError {
    fn from(error: &tokio_postgres::error::DbError) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            sqlstate: sqlstate(error.code().code()),
            message: error.message().to_owned(),
            detail: owned(error.detail()),
            hint: owned(error.hint()),
            schema: owned(error.schema()),
            table: owned(error.table()),
            column: owned(error.column()),
            constraint: owned(error.constraint()),
        }
    }
}
