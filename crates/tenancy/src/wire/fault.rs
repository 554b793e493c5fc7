//! Failures of a connection, which several callers may be told of.

use std::{fmt, io, sync::Arc};

use crate::{DatabaseError, Error, TlsError};

/// Why a connection ended or could not be made. Cheap to clone: everybody who waited on it is told.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The socket failed, or was closed.
    Io(Arc<io::Error>),
    /// The server said why.
    Server(Box<DatabaseError>),
    /// What came is not the protocol.
    Protocol(&'static str),
    /// A setting stands in the way: no password, a method of authentication that is refused.
    Setup(&'static str),
    /// The unit's statement left a transaction open.
    LeftOpen,
    /// The answer was larger than shared connections carry.
    TooLarge(usize),
    /// Nobody answered in time.
    TimedOut,
    /// TLS failed.
    Tls(Arc<TlsError>),
    /// No connection could be had, and trying again can't help.
    Connect(Box<Self>),
    /// The database's last handle is gone.
    Closed,
}

impl Fault {
    /// Whether trying again can't help.
    pub(super) fn is_final(&self) -> bool {
        match self {
            // Authentication and authorization, and names that do not exist.
            Self::Server(error) => {
                let state = error.sqlstate();
                let code = state.code();
                code.starts_with("28") || code.starts_with("3D") || code.starts_with("42")
            }
            Self::Protocol(_) | Self::Setup(_) | Self::Tls(_) => true,
            Self::Io(error) => error.kind() == io::ErrorKind::InvalidData,
            _ => false,
        }
    }

    /// For a caller whose unit was on this connection.
    pub(super) fn into_error(self, sent: bool, to: impl FnOnce() -> String) -> Error {
        match self {
            Self::Connect(fault) => Error::Connect { to: to(), source: fault },
            Self::Closed => Error::Lost { sent: false, source: Some(Box::new(self)) },
            Self::Protocol(what) => Error::Protocol(what.to_owned()),
            Self::LeftOpen => Error::Input {
                what: "running a single statement",
                why: "it left a transaction open: use Tenant::begin".to_owned(),
            },
            Self::TooLarge(limit) => Error::Input {
                what: "reading the answer",
                why: format!("it has more than {limit} bytes: ask for fewer rows, or stream them"),
            },
            other => Error::Lost { sent, source: Some(Box::new(other)) },
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("the server closed the connection")
            }
            Self::Io(error) => error.fmt(f),
            Self::Server(error) => write!(f, "the server said {error}"),
            Self::Protocol(what) => write!(f, "the server's answer can't be read: {what}"),
            Self::Setup(what) => f.write_str(what),
            Self::LeftOpen => f.write_str("a statement left a transaction open"),
            Self::TooLarge(limit) => write!(f, "the answer had more than {limit} bytes"),
            Self::TimedOut => f.write_str("nobody answered in time"),
            Self::Tls(error) => error.fmt(f),
            Self::Connect(fault) => fault.fmt(f),
            Self::Closed => f.write_str("the last handle of the database is gone"),
        }
    }
}

impl std::error::Error for Fault {}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}
