//! What can go wrong on a session: what was being done, and what the server or the connection said.

use std::{error::Error, fmt};

use freehold_model::{sqlstate::SqlState, version::UnsupportedVersion};
use tokio_postgres::error::{ErrorPosition, Severity};

use crate::tls::TlsError;

/// invalid_authorization_specification: no line of `pg_hba.conf` admits the session, or it lacks what one demands.
const NOT_ADMITTED: &str = "28000";

/// cannot_connect_now: the server starts, stops or recovers.
const NOT_NOW: &str = "57P03";

/// An error of the server, with every field that it sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    /// `ERROR`, `FATAL` or `PANIC`, whatever language the server's messages are in.
    pub severity: String,
    /// The condition.
    pub sqlstate: Option<SqlState>,
    /// The message itself.
    pub message: String,
    /// A longer explanation, often with the offending values.
    pub detail: Option<String>,
    /// A suggestion of what to do.
    pub hint: Option<String>,
    /// Where in the text that was sent: characters, counted from 1.
    pub position: Option<u32>,
    /// The text of a statement that the server made itself or that a function ran.
    pub internal_query: Option<String>,
    /// Where in `internal_query`: characters, counted from 1.
    pub internal_position: Option<u32>,
    /// The call stack of functions.
    pub context: Option<String>,
    /// The schema of the object concerned.
    pub schema: Option<String>,
    /// The table concerned.
    pub table: Option<String>,
    /// The column concerned.
    pub column: Option<String>,
    /// The constraint concerned.
    pub constraint: Option<String>,
    /// The data type concerned.
    pub datatype: Option<String>,
}

/// The severity in English: the server may be set to speak another language.
pub(crate) fn severity(raw: &tokio_postgres::error::DbError) -> String {
    match raw.parsed_severity() {
        Some(Severity::Panic) => "PANIC",
        Some(Severity::Fatal) => "FATAL",
        Some(Severity::Error) => "ERROR",
        Some(Severity::Warning) => "WARNING",
        Some(Severity::Notice) => "NOTICE",
        Some(Severity::Debug) => "DEBUG",
        Some(Severity::Info) => "INFO",
        Some(Severity::Log) => "LOG",
        None => raw.severity(),
    }
    .to_owned()
}

impl ServerError {
    fn from_postgres(raw: &tokio_postgres::error::DbError) -> Self {
        let own = |field: Option<&str>| field.map(str::to_owned);
        let (position, internal_position, internal_query) = match raw.position() {
            Some(ErrorPosition::Original(at)) => (Some(*at), None, None),
            Some(ErrorPosition::Internal { position, query }) => (None, Some(*position), Some(query.clone())),
            None => (None, None, None),
        };
        Self {
            severity: severity(raw),
            sqlstate: SqlState::parse(raw.code().code()),
            message: raw.message().to_owned(),
            detail: own(raw.detail()),
            hint: own(raw.hint()),
            position,
            internal_query,
            internal_position,
            context: own(raw.where_()),
            schema: own(raw.schema()),
            table: own(raw.table()),
            column: own(raw.column()),
            constraint: own(raw.constraint()),
            datatype: own(raw.datatype()),
        }
    }
}

/// The message with its SQLSTATE, and the detail if there is one.
impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(state) = self.sqlstate {
            write!(f, " (SQLSTATE {state})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "; {detail}")?;
        }
        Ok(())
    }
}

impl Error for ServerError {}

/// Something that failed on a session. `Display` says what was being done; the cause is the `source`.
#[derive(Debug, thiserror::Error)]
#[error("{doing} failed")]
pub struct DbError {
    doing: String,
    #[source]
    cause: Cause,
    help: Option<&'static str>,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Server(Box<ServerError>),
    #[error("the connection was lost")]
    Lost(#[source] tokio_postgres::Error),
    #[error("no connection could be made")]
    Unreachable(#[source] tokio_postgres::Error),
    #[error("no server is named")]
    Nowhere,
    #[error(transparent)]
    Tls(Box<TlsError>),
    #[error("the answer could not be understood")]
    Answer(#[source] tokio_postgres::Error),
    #[error(transparent)]
    Version(#[from] UnsupportedVersion),
}

impl DbError {
    /// Wraps what `tokio_postgres` says; `doing` names the action and its object, such as
    /// ``reading the catalog of database `app` ``.
    pub fn from_postgres(doing: impl Into<String>, error: tokio_postgres::Error) -> Self {
        let server = error.as_db_error().map(ServerError::from_postgres);
        let cause = match server {
            Some(server) => Cause::Server(Box::new(server)),
            None if error.is_closed() || came_from_io(&error) => Cause::Lost(error),
            None => Cause::Answer(error),
        };
        Self::new(doing.into(), cause)
    }

    pub(crate) fn on_connect(doing: String, error: tokio_postgres::Error) -> Self {
        let cause = match error.as_db_error().map(ServerError::from_postgres) {
            Some(server) => Cause::Server(Box::new(server)),
            None => Cause::Unreachable(error),
        };
        Self::new(doing, cause)
    }

    pub(crate) fn version(doing: String, version: UnsupportedVersion) -> Self {
        Self::new(doing, Cause::Version(version))
    }

    pub(crate) fn tls_failed(doing: String, error: TlsError) -> Self {
        Self::new(doing, Cause::Tls(Box::new(error)))
    }

    pub(crate) fn nowhere(doing: String) -> Self {
        Self::new(doing, Cause::Nowhere)
    }

    fn new(doing: String, cause: Cause) -> Self {
        Self { doing, cause, help: None }
    }

    pub(crate) fn with_help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }

    /// What was being done, to what.
    pub fn doing(&self) -> &str {
        &self.doing
    }

    /// The server's own error, if it was the server that refused.
    pub fn server(&self) -> Option<&ServerError> {
        match &self.cause {
            Cause::Server(server) => Some(server),
            _ => None,
        }
    }

    /// The condition, if it was the server that refused.
    pub fn sqlstate(&self) -> Option<SqlState> {
        self.server().and_then(|server| server.sqlstate)
    }

    /// True when the server's version is one that Freehold does not serve.
    pub fn unsupported_version(&self) -> Option<&UnsupportedVersion> {
        match &self.cause {
            Cause::Version(version) => Some(version),
            _ => None,
        }
    }

    /// What became of TLS, if that is what failed.
    pub fn tls(&self) -> Option<&TlsError> {
        match &self.cause {
            Cause::Tls(error) => Some(error),
            _ => None,
        }
    }

    /// What to do next, where that is known.
    pub fn help(&self) -> Option<&'static str> {
        self.help.or_else(|| self.tls().map(TlsError::help))
    }

    /// True when the session is of no use any more: the connection broke, could not be made, or the server ended it.
    /// False when TLS failed in a way that trying again will not mend.
    pub fn is_connection_lost(&self) -> bool {
        match &self.cause {
            Cause::Lost(_) | Cause::Unreachable(_) => true,
            Cause::Server(server) => server.severity == "FATAL" || server.severity == "PANIC",
            Cause::Tls(error) => error.is_passing(),
            Cause::Answer(_) | Cause::Version(_) | Cause::Nowhere => false,
        }
    }

    /// True when the server lets nobody in this way: no line of `pg_hba.conf` is for it, or what it demands is not met
    /// (invalid_authorization_specification). A wrong password has another code.
    pub(crate) fn is_not_admitted(&self) -> bool {
        self.sqlstate().is_some_and(|state| state.code() == NOT_ADMITTED)
    }

    /// True when another host may do better: this one was not reached, or takes nobody now (cannot_connect_now).
    pub(crate) fn may_be_elsewhere(&self) -> bool {
        match self.sqlstate() {
            Some(state) => state.code() == NOT_NOW,
            None => self.is_connection_lost(),
        }
    }
}

fn came_from_io(error: &tokio_postgres::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<std::io::Error>() {
            return true;
        }
        source = inner.source();
    }
    false
}
