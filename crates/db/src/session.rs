//! One connection to PostgreSQL: statements prepared once, notices in order, a way to cancel.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use freehold_model::version::PgVersion;
use tokio_postgres::{CancelToken, Client, Row, Statement, types::ToSql};

use crate::{
    connect::{Connected, Line, connect},
    connect_to::ConnectTo,
    error::DbError,
    notice::{Notice, Notices},
};

/// A connection, driven by a task of its own. It ends when the value is dropped.
pub struct Session {
    client: Client,
    version: PgVersion,
    backend_pid: i32,
    name: String,
    line: Line,
    notices: Notices,
    statements: Mutex<HashMap<String, Statement>>,
    driver: tokio::task::JoinHandle<()>,
}

impl Session {
    /// Connects, and refuses a server whose version is not served.
    ///
    /// # Errors
    /// When no connection can be made, TLS fails, the server refuses it, or its version is outside 14 to 18.
    pub async fn open(to: &ConnectTo) -> Result<Self, DbError> {
        let doing = || format!("connecting to {to}");
        let Connected { client, banner, notices, driver, line } = connect(to).await?;
        let version = PgVersion::from_banner(&banner).map_err(|error| DbError::version(doing(), error))?;
        let backend_pid = client
            .query_one("select pg_catalog.pg_backend_pid()", &[])
            .await
            .and_then(|row| row.try_get(0))
            .map_err(|error| DbError::on_connect(doing(), error))?;
        Ok(Self {
            client,
            version,
            backend_pid,
            name: to.masked(),
            line,
            notices,
            statements: Mutex::default(),
            driver,
        })
    }

    /// The server's version.
    pub fn version(&self) -> PgVersion {
        self.version
    }

    /// Where to, for people: the password is masked.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The process id of the server process that serves this session.
    pub fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// The client itself, to send several things at once.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs one or several statements by the simple protocol and lets go of their results. Several statements
    /// without `BEGIN` are one transaction (PostgreSQL manual, 55.2.2.1).
    ///
    /// # Errors
    /// What the server says of the statement that failed, with its position in `sql`.
    pub async fn run(&self, sql: &str) -> Result<(), DbError> {
        if may_forget_prepared(sql) {
            self.forget_prepared();
        }
        let outcome = self.client.batch_execute(sql).await;
        outcome.map_err(|error| DbError::from_postgres(self.running(sql), error))
    }

    /// Runs one prepared statement; it is prepared on first use and kept by its text.
    ///
    /// # Errors
    /// What the server says, or a parameter that does not fit its type.
    pub async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, DbError> {
        let statement = self.prepared(sql).await?;
        let outcome = self.client.query(&statement, params).await;
        outcome.map_err(|error| DbError::from_postgres(self.running(sql), error))
    }

    /// The prepared statement of a text, from the same cache that [`Self::query`] uses.
    ///
    /// # Errors
    /// When the server cannot prepare it.
    pub async fn prepared(&self, sql: &str) -> Result<Statement, DbError> {
        let known = self.statements.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self
            .client
            .prepare(sql)
            .await
            .map_err(|error| DbError::from_postgres(format!("preparing {}", quoted(sql)), error))?;
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Lets go of all prepared statements. Needed after `DEALLOCATE ALL` or `DISCARD ALL` was sent through
    /// [`Self::client`]; [`Self::run`] does it by itself.
    pub fn forget_prepared(&self) {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The notices that came since the last call, in order.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.notices.take()
    }

    /// True when the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Asks the server to cancel what runs on this session now.
    ///
    /// # Errors
    /// When the server cannot be reached for the request.
    pub async fn cancel(&self) -> Result<(), DbError> {
        self.canceller().cancel().await
    }

    /// A value that can cancel from another task.
    pub fn canceller(&self) -> Canceller {
        Canceller { token: self.client.cancel_token(), line: self.line.clone(), name: self.name.clone() }
    }

    /// Ends the session and waits until the connection is closed on this side. The server may take a moment longer.
    pub async fn close(self) {
        let Self { client, driver, .. } = self;
        drop(client);
        // The driver ends with its client; that it was aborted or panicked changes nothing here.
        let _ = driver.await;
    }

    fn running(&self, sql: &str) -> String {
        format!("running {} on {}", quoted(sql), self.name)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("to", &self.name)
            .field("version", &self.version)
            .field("backend_pid", &self.backend_pid)
            .finish_non_exhaustive()
    }
}

/// Cancels what runs on one session; can be sent to another task and outlive the session.
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    line: Line,
    name: String,
}

impl Canceller {
    /// Sends a cancel request over a connection of its own, with TLS where the session has it. Nothing happens when nothing runs.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn cancel(&self) -> Result<(), DbError> {
        let outcome = self.line.cancel(&self.token).await;
        outcome.map_err(|error| {
            DbError::on_connect(format!("cancelling the statement that runs on {}", self.name), error)
        })
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller").field("to", &self.name).finish_non_exhaustive()
    }
}

/// True when a script may do away with prepared statements. A false alarm only costs preparing them again.
fn may_forget_prepared(sql: &str) -> bool {
    let has = |word: &[u8]| sql.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    has(b"deallocate") || has(b"discard")
}

/// The beginning of a statement, for an error message: one line of at most 60 characters. Statements that carry a
/// password are shown as their first two words.
fn quoted(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    if words.iter().any(|word| word.to_ascii_lowercase().contains("password")) {
        return format!("`{} …`", words.iter().take(2).copied().collect::<Vec<_>>().join(" "));
    }
    let line = words.join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("`{}…`", line.get(..end).unwrap_or_default()),
        None => format!("`{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_statement_is_shown_by_its_beginning_and_a_password_not_at_all() {
        assert_eq!(quoted("select\n  1"), "`select 1`");
        assert!(quoted(&"select é, ".repeat(20)).ends_with("…`"));
        let shown = quoted("create role app login password 'hunter2'");
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn scripts_that_drop_prepared_statements_are_noticed_in_any_case() {
        assert!(may_forget_prepared("select 1; Discard All"));
        assert!(may_forget_prepared("DEALLOCATE all"));
        assert!(!may_forget_prepared("select 1"));
    }
}
