//! Why a rehearsal could not go on. What the server refuses in a script is no error here: that is an observation.

use std::time::Duration;

use freehold_db::DbError;
use freehold_model::place::Place;
use freehold_sandbox::SandboxError;

/// A rehearsal that had to stop.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// A statement ran longer than it may.
    #[error(
        "{}:{}: the statement was stopped after {} s: {headline}",
        place.file.display(), place.start.line, after.as_secs_f64()
    )]
    TimedOut {
        /// Where the statement stands.
        place: Box<Place>,
        /// The statement on one line.
        headline: String,
        /// The time it was given.
        after: Duration,
    },
    /// The session ended while a statement ran: the script killed its own backend, or the server went away.
    #[error("{}:{}: the session ended while this ran: {headline}", place.file.display(), place.start.line)]
    SessionLost {
        /// Where the statement stands.
        place: Box<Place>,
        /// The statement on one line.
        headline: String,
        /// What the driver or the server said.
        #[source]
        source: Box<DbError>,
    },
    /// A statement that is never carried out, because it reaches beyond the scratch database.
    #[error("{}:{}: this statement is not rehearsed: {headline}", place.file.display(), place.start.line)]
    NotRehearsed {
        /// Where the statement stands.
        place: Box<Place>,
        /// The statement on one line.
        headline: String,
        /// Why it is not carried out, and what to do.
        why: String,
    },
    /// An extension that the server does not have.
    #[error(
        "{}:{}: the extension \"{extension}\" is not installed for this server", place.file.display(), place.start.line
    )]
    ExtensionMissing {
        /// Where the statement stands.
        place: Box<Place>,
        /// The extension's name.
        extension: String,
        /// Which package brings it, where that is known.
        package: Option<String>,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// The server's disk is full.
    #[error("{}:{}: the disk is full", place.file.display(), place.start.line)]
    DiskFull {
        /// Where the statement stands.
        place: Box<Place>,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// A prelude was refused.
    #[error("the prelude {name} was refused")]
    Prelude {
        /// What it is called.
        name: String,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// A statement of Freehold's own failed.
    #[error("the rehearsal could not {doing}")]
    Own {
        /// What was being done, beginning with a verb.
        doing: &'static str,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// The sandbox or the scratch database failed.
    #[error("the rehearsal has no scratch database to work on")]
    Sandbox(#[from] Box<SandboxError>),
}

impl RehearsalError {
    /// Wraps a failure of one of Freehold's own statements; used with `map_err`.
    pub(crate) fn own(doing: &'static str) -> impl FnOnce(DbError) -> Self {
        move |source| Self::Own { doing, source: Box::new(source) }
    }

    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::TimedOut { .. } => Some("give statements more time with `--timeout SECONDS`".to_owned()),
            Self::SessionLost { .. } => Some(
                "does the script end its own backend (pg_terminate_backend), or was the server stopped? \
                 Everything before this place was rehearsed."
                    .to_owned(),
            ),
            Self::NotRehearsed { why, .. } => Some(why.clone()),
            Self::ExtensionMissing { extension, package, .. } => Some(package.clone().unwrap_or_else(|| {
                format!(
                    "install the package that brings \"{extension}\" for this server; `freehold doctor` lists what \
                     is there"
                )
            })),
            Self::DiskFull { .. } => {
                Some("free space in the folder that the server's files are in (/dev/shm or /var/tmp)".to_owned())
            }
            Self::Own { .. } | Self::Sandbox(_) | Self::Prelude { .. } => None,
        }
    }

    /// Where in the project it happened.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::TimedOut { place, .. }
            | Self::SessionLost { place, .. }
            | Self::NotRehearsed { place, .. }
            | Self::ExtensionMissing { place, .. }
            | Self::DiskFull { place, .. } => Some(place.as_ref()),
            Self::Own { .. } | Self::Sandbox(_) | Self::Prelude { .. } => None,
        }
    }
}

impl From<SandboxError> for RehearsalError {
    fn from(error: SandboxError) -> Self {
        Self::Sandbox(Box::new(error))
    }
}
