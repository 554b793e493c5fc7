//! What a server says when it refuses a statement, without what only operators may read.

use std::fmt;

use freehold_model::sqlstate::SqlState;

/// A server's refusal.
///
/// `Display` and `Debug` show the SQLSTATE, and the names of table, column and constraint. The server's own message and
/// its DETAIL can hold values of rows (`Failing row contains (...)`), of another tenant too, so that they are shown by
/// [`DatabaseError::for_operators`] alone and never reach an answer by accident.
///
/// ```
/// use freehold_tenancy::{Error, Execute};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let sql = "INSERT INTO notes (tenant_id, id) VALUES ($1, 1)";
/// let twice = db.tenant(&tenant).execute(sql, &[&tenant]).await;
/// let Err(Error::Database(refusal)) = twice else { panic!("there is a note 1 already") };
/// assert_eq!(
///     refusal.to_string(),
///     "SQLSTATE 23505, schema public, table notes, constraint notes_pkey"
/// );
/// # Ok(())
/// # });
/// ```
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
    ///
    /// ```
    /// use freehold_tenancy::{DatabaseError, SqlState};
    ///
    /// fn status(refusal: &DatabaseError) -> u16 {
    ///     match refusal.sqlstate() {
    ///         SqlState::UNIQUE_VIOLATION => 409,
    ///         SqlState::CHECK_VIOLATION | SqlState::NOT_NULL_VIOLATION => 422,
    ///         _ => 500,
    ///     }
    /// }
    /// ```
    pub fn sqlstate(&self) -> SqlState {
        self.sqlstate
    }

    /// The table, where the server names one.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let refused = db.tenant(&tenant).execute("UPDATE notes SET body = NULL", &[]).await;
    /// let Err(Error::Database(refusal)) = refused else { panic!("a body is never NULL") };
    /// assert_eq!((refusal.table(), refusal.column()), (Some("notes"), Some("body")));
    /// # Ok(())
    /// # });
    /// ```
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// The column, where the server names one.
    ///
    /// ```
    /// use freehold_tenancy::DatabaseError;
    ///
    /// fn field_at_fault(refusal: &DatabaseError) -> String {
    ///     refusal.column().map_or("something in it".to_owned(), |column| format!("the field {column}"))
    /// }
    /// ```
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// The constraint, where the server names one.
    ///
    /// ```
    /// use freehold_tenancy::DatabaseError;
    ///
    /// fn told_to_the_user(refusal: &DatabaseError) -> &'static str {
    ///     match refusal.constraint() {
    ///         Some("people_email_key") => "this address is taken",
    ///         _ => "this can't be saved",
    ///     }
    /// }
    /// ```
    pub fn constraint(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    /// Message, DETAIL and HINT, for logs that only operators read. They can hold values of rows.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let refused = db.tenant(&tenant).execute("SELECT body::int FROM notes", &[]).await;
    /// let Err(Error::Database(refusal)) = refused else { panic!("a body is no number") };
    /// // What a row holds is in here, and in nothing else that the error shows.
    /// assert!(refusal.for_operators().contains("milk"));
    /// assert!(!format!("{refusal} {refusal:?}").contains("milk"));
    /// # Ok(())
    /// # });
    /// ```
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
