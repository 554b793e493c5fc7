//! Why rows were not taken.

use std::error::Error as StdError;

use crate::Error;

/// Why rows were not taken. Nothing in it repeats a value.
///
/// ```
/// # use freehold_tenancy::ingest::{self, IngestError};
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let sent = ingest::into("notes").column("id").rows(&acme, [("four",)]).await;
/// let error = sent.unwrap_err();
/// assert!(matches!(error, IngestError::WrongType { .. }));
/// assert_eq!(error.to_string(), "the column id of notes is int8; a &str does not fit it");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The table's or a column's name can't be one.
    #[error("the {what} is called {name:?}: {why}")]
    Name {
        /// `table` or `column`.
        what: &'static str,
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No column was named.
    #[error("no column of {table} was named: name them with column(), or derive Record for a struct")]
    NoColumns {
        /// The table.
        table: String,
    },
    /// The tenant's column was named; the library fills it.
    #[error("the column {column} of {table} is filled with the handle's tenant; leave it out")]
    TenantColumn {
        /// The table.
        table: String,
        /// The tenant's column.
        column: String,
    },
    /// The table or one of its columns is not there, or may not be read.
    #[error("looking at the columns of {table}")]
    Table {
        /// The table.
        table: String,
        /// Why.
        #[source]
        source: Error,
    },
    /// A row has more or fewer values than columns were named.
    #[error("row {row} has {got} values for the {wanted} columns of {table}")]
    Width {
        /// The table.
        table: String,
        /// Counted from 1.
        row: u64,
        /// How many columns there are.
        wanted: usize,
        /// How many values came; one more than wanted when it has more.
        got: usize,
    },
    /// A value's type is not the column's.
    #[error("the column {column} of {table} is {column_type}; a {rust_type} does not fit it")]
    WrongType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        column_type: String,
        /// The value's type.
        rust_type: &'static str,
    },
    /// A value can't be sent: a text that holds NUL, for example.
    #[error("row {row}, column {column} of {table} can't be sent")]
    Value {
        /// The table.
        table: String,
        /// Counted from 1.
        row: u64,
        /// The column.
        column: String,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The way that was asked for is not had with this table.
    #[error("{table} can't be reached in the way that was asked for: {why}")]
    NotSetUp {
        /// The table.
        table: String,
        /// What is missing.
        why: &'static str,
    },
    /// The server refused the rows, or was lost.
    #[error("sending rows to {table}")]
    Sending {
        /// The table.
        table: String,
        /// Why.
        #[source]
        source: Error,
    },
    /// No transaction could be had, or it could not be committed.
    #[error("the transaction that sends rows")]
    Transaction(#[from] Error),
}

impl IngestError {
    /// What the server or the connection had against it.
    ///
    /// ```
    /// # use freehold_tenancy::ingest;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let ours = ingest::into("notes").rows(&acme, [(4_i64,)]).await.unwrap_err();
    /// assert!(ours.cause().is_none(), "no column was named, so nothing was sent");
    /// let servers = ingest::into("nowhere").column("id").rows(&acme, [(4_i64,)]).await.unwrap_err();
    /// assert!(servers.cause().is_some());
    /// # Ok(())
    /// # });
    /// ```
    pub fn cause(&self) -> Option<&Error> {
        match self {
            Self::Table { source, .. } | Self::Sending { source, .. } | Self::Transaction(source) => {
                Some(source)
            }
            _ => None,
        }
    }

    /// The SQLSTATE, where the server gave one.
    ///
    /// ```
    /// # use freehold_tenancy::ingest;
    /// # use freehold_tenancy::SqlState;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let taken = ingest::into("notes").column("id").rows(&acme, [(1_i64,)]).await.unwrap_err();
    /// assert_eq!(taken.sqlstate(), SqlState::parse("23505"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn sqlstate(&self) -> Option<crate::SqlState> {
        self.cause().and_then(Error::sqlstate)
    }
}
