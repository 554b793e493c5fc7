//! What can go wrong on the way to a tenant's rows.

mod database;

use std::{error::Error as StdError, time::Duration};

use crate::{
    tenant_id::{TenantId, TenantIdError},
    tls::TlsError,
};

pub use database::DatabaseError;
pub(crate) use database::sqlstate;

/// Why a statement gave no answer. Nothing in it repeats a value: neither of a parameter nor of a row.
///
/// ```
/// use freehold_tenancy::{Error, Execute};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let acme = db.tenant(&tenant);
/// let note = acme.query_one::<(String,)>("SELECT body FROM notes WHERE id = $1", &[&9_i64]).await;
/// assert!(matches!(note, Err(Error::Rows { got: 0, .. })), "404, say");
/// let late = acme.query_one::<(String,)>("SELECT body FROM notes WHERE id = $1", &[]).await;
/// assert!(matches!(late, Err(Error::ParameterCount { wanted: 1, given: 0 })));
/// let other = acme.query_one::<(i64,)>("SELECT body FROM notes WHERE id = 1", &[]).await;
/// assert_eq!(other.unwrap_err().to_string(), "reading the column 0");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no tenant to ask for.
    #[error("asking without a tenant")]
    Tenant(#[from] TenantIdError),
    /// The tenant exists and is not served.
    #[error("the tenant {} is not served: {why}", .tenant.hash_for_logs())]
    NotServed {
        /// The tenant.
        tenant: TenantId,
        /// Such as `suspended` or `unknown`.
        why: &'static str,
    },
    /// Settings with which no safe connection can be made.
    #[error("setting up the database: {0}")]
    Setup(String),
    /// No connection could be made.
    #[error("connecting to {to}")]
    Connect {
        /// Where to, without the password.
        to: String,
        /// Why not.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// No TLS came about, or not with the right server.
    #[error("connecting to {to} in TLS")]
    Tls {
        /// Where to, without the password.
        to: String,
        /// Why not.
        source: TlsError,
    },
    /// All connections were in use for as long as one waits, or too many statements wait already.
    #[error("no connection was free within {waited:?}")]
    Busy {
        /// For how long one was waited for.
        waited: Duration,
    },
    /// The caller's deadline passed; the server was told to stop.
    #[error("the deadline passed before the answer came")]
    Deadline,
    /// The connection was lost. A statement that writes may or may not have taken effect, unless `sent` is false.
    #[error("the connection was lost{}", if *.sent { " before the answer came: what was written may or may not be there" } else { "; nothing had been sent" })]
    Lost {
        /// Whether the statement had been handed to the server.
        sent: bool,
        /// Why, where that is known.
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The server refused the statement.
    #[error("the server refused the statement")]
    Database(#[from] Box<DatabaseError>),
    /// A parameter does not fit the statement.
    #[error("parameter ${position} does not fit the statement")]
    Parameter {
        /// Counted from 1.
        position: usize,
        /// Why not.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A different number of parameters than the statement has.
    #[error("the statement has {wanted} parameters, {given} were given")]
    ParameterCount {
        /// As many as the statement has.
        wanted: usize,
        /// As many as were given.
        given: usize,
    },
    /// A column is missing, or can't be read as the type that was asked for.
    #[error("reading the column {column}")]
    Column {
        /// Its name, or its position counted from 0.
        column: String,
        /// Why not.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Another number of rows than asked for.
    #[error("{wanted} was asked for, the answer has {got} rows")]
    Rows {
        /// Such as `exactly one row`.
        wanted: &'static str,
        /// How many came.
        got: usize,
    },
    /// A value of the caller's that no statement may be made of.
    #[error("{what}: {why}")]
    Input {
        /// What was being done.
        what: &'static str,
        /// What is wrong with it. Never the value itself.
        why: String,
    },
    /// The server sent what the protocol does not know.
    #[error("the server's answer can't be read: {0}")]
    Protocol(String),
}

impl Error {
    /// The SQLSTATE, where the server gave one.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute, SqlState};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let sql = "INSERT INTO notes (tenant_id, id) VALUES ($1, 1)";
    /// let twice = db.tenant(&tenant).execute(sql, &[&tenant]).await.unwrap_err();
    /// assert_eq!(twice.sqlstate(), Some(SqlState::UNIQUE_VIOLATION));
    /// // No server gave this one.
    /// assert_eq!(Error::Deadline.sqlstate(), None);
    /// # Ok(())
    /// # });
    /// ```
    pub fn sqlstate(&self) -> Option<freehold_model::sqlstate::SqlState> {
        match self {
            Self::Database(error) => Some(error.sqlstate()),
            _ => None,
        }
    }

    /// Whether the same transaction may succeed when it is begun again: serialisation failures and deadlocks.
    ///
    /// ```
    /// use freehold_tenancy::Error;
    ///
    /// // Nobody knows whether it has taken effect: running it again is for the caller to decide.
    /// assert!(!Error::Lost { sent: true, source: None }.is_retryable());
    /// assert!(!Error::Deadline.is_retryable());
    /// ```
    pub fn is_retryable(&self) -> bool {
        use freehold_model::sqlstate::SqlState;
        self.sqlstate().is_some_and(|state| {
            [SqlState::SERIALIZATION_FAILURE, SqlState::DEADLOCK_DETECTED].contains(&state)
        })
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(refused) = error.as_db_error() {
            return Self::Database(Box::new(DatabaseError::from(refused)));
        }
        if error.is_closed() {
            return Self::Lost { sent: true, source: Some(Box::new(error)) };
        }
        let text = error.to_string();
        if text.starts_with("error serializing parameter") {
            let position = text.split(' ').nth(3).and_then(|n| n.parse::<usize>().ok()).map_or(0, |n| n + 1);
            let source = error.into_source().unwrap_or_else(|| text.into());
            return Self::Parameter { position, source };
        }
        Self::Lost { sent: true, source: Some(Box::new(error)) }
    }
}
