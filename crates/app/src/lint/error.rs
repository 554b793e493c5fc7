//! Why a folder could not be linted: each a way out with exit code 2.

use std::path::PathBuf;

use freehold_db::DbError;
use freehold_migrate::ReadError;

use super::baseline::BaselineError;
use crate::explain::Explain;

/// A run that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LintError {
    /// No folder of migrations was named, and none was found.
    #[error("no folder of migrations was found under {}", project.display())]
    NoMigrationsDir {
        /// Where it was looked for.
        project: PathBuf,
    },
    /// Several folders could be meant.
    #[error("several folders could be the migrations: {}", list(dirs))]
    SeveralMigrationsDirs {
        /// The folders.
        dirs: Vec<PathBuf>,
    },
    /// The folder could not be read.
    #[error("the migrations folder could not be read")]
    Folder(#[from] ReadError),
    /// A file could not be read.
    #[error("{} could not be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is no text.
    #[error("{} is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// No migration has the version, and it is no number between two of them.
    #[error("no migration has the version `{version}`; the folder's go from `{first}` to `{last}`")]
    UnknownVersion {
        /// What was written.
        version: String,
        /// The first migration.
        first: String,
        /// The last one.
        last: String,
    },
    /// The baseline cannot be read or written.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
    /// The database could not be looked at.
    #[error("the database could not be looked at")]
    Live(#[source] DbError),
    /// The system gave no threads.
    #[error("no threads could be started to read {} migrations", migrations)]
    NoThreads {
        /// How many there were to read.
        migrations: usize,
    },
}

fn list(dirs: &[PathBuf]) -> String {
    dirs.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl Explain for LintError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoMigrationsDir { .. } => Some(
                "name the folder or files: `freehold lint PATH`, or `[migrations] dir` in freehold.toml; `-` reads \
                 standard input"
                    .to_owned(),
            ),
            Self::SeveralMigrationsDirs { .. } => {
                Some("name one: `freehold lint DIR`, or `[migrations] dir` in freehold.toml".to_owned())
            }
            Self::Folder(error) => error.help(),
            Self::File { .. } => None,
            Self::NotText { .. } => Some("save the file as UTF-8".to_owned()),
            Self::UnknownVersion { .. } => {
                Some("name the last migration that was applied before Freehold came, as its file does".to_owned())
            }
            Self::Baseline(error) => Some(error.help().to_owned()),
            Self::Live(_) => None,
            Self::NoThreads { .. } => Some("raise the limit of processes for this user".to_owned()),
        }
    }
}
