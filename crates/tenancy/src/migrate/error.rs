//! Why migrations were not applied.

use std::time::Duration;

use freehold_db::ConnectToError;
use freehold_migrate::{ReadError, RunError};

/// Why migrations were not applied. Each state that is left behind is one from which the next start goes on.
///
/// ```
/// # use freehold_tenancy::migrate::MigrateError;
/// # freehold_tenancy_ground::alone(async move {
/// let migrations = freehold_tenancy::migrate!("../../examples/meetings/migrations");
/// let refused = migrations.run("no URL at all").await;
/// assert!(matches!(refused, Err(MigrateError::Url(_))));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The program was built before a file was added to the folder, or taken away. Only in builds with debug assertions.
    #[error(
        "the folder {folder} has changed since the program was built: {file} {what}; build it anew, and let a build \
         script print cargo:rerun-if-changed for the folder"
    )]
    Stale {
        /// The folder.
        folder: &'static str,
        /// A file in which they differ.
        file: String,
        /// `was added` or `was taken away`.
        what: &'static str,
    },
    /// `freehold.toml` beside the folder can't be read.
    #[error("reading the freehold.toml that was embedded with the migrations")]
    Settings(#[source] toml::de::Error),
    /// `[migrate] history` is no table's name.
    #[error("[migrate] history is {0:?}; write schema.table")]
    History(String),
    /// The embedded files are no migrations.
    #[error("reading the embedded migrations")]
    Folder(#[source] Box<ReadError>),
    /// The URL can't be read. It is not repeated.
    #[error("reading the URL of the database to migrate")]
    Url(#[source] Box<ConnectToError>),
    /// Another instance migrated for longer than one was willing to wait.
    #[error("another instance still migrates after {waited:?}: start again, or wait longer")]
    Busy {
        /// For how long was waited.
        waited: Duration,
    },
    /// A migration failed, or does not fit what the database has.
    #[error("applying migrations")]
    Run(#[source] Box<RunError>),
}

impl MigrateError {
    pub(super) fn of_run(error: RunError) -> Self {
        match error {
            RunError::Busy { waited, .. } => Self::Busy { waited },
            other => Self::Run(Box::new(other)),
        }
    }
}
