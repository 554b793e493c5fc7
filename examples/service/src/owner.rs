//! The owner of the tables: migrations at start, partitions made ahead.

use freehold_db::{ConnectTo, ConnectToError, DbError, Session};

/// Speaks to the database as the owner of its tables. The application never does.
#[derive(Debug, Clone)]
pub struct Owner {
    to: ConnectTo,
}

/// Why the owner could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// The URL can't be read.
    #[error("reading the URL of the tables' owner")]
    Url(#[from] ConnectToError),
    /// The server refused.
    #[error("{doing} as the tables' owner")]
    Server {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        #[source]
        source: DbError,
    },
}

impl Owner {
    /// By a URL.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn new(url: &str) -> Result<Self, OwnerError> {
        Ok(Self { to: ConnectTo::from_url(url)? })
    }

    /// Runs SQL of the service's own.
    ///
    /// # Errors
    /// When nobody answers, or the server refuses.
    pub async fn run(&self, doing: &'static str, sql: &str) -> Result<(), OwnerError> {
        let failed = |source| OwnerError::Server { doing, source };
        let session = Session::open(&self.to).await.map_err(failed)?;
        session.run(sql).await.map_err(failed)?;
        session.close().await;
        Ok(())
    }
}
