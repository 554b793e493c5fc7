//! Why a check could not be run: each a way out with exit code 2.

use std::path::PathBuf;

use freehold_migrate::ReadError;
use freehold_prove::RehearsalError;
use freehold_sandbox::SandboxError;

use crate::lint::LintError;

/// A check that could not be run.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
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
    /// A prelude that the settings name could not be read.
    #[error("the prelude {} could not be read", path.display())]
    PreludeUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What the settings say of the rules does not fit the folder.
    #[error(transparent)]
    Lint(#[from] Box<LintError>),
    /// No server could be had, or the sandbox failed.
    #[error("no PostgreSQL could be had to rehearse on")]
    Server(#[source] Box<SandboxError>),
    /// The rehearsal had to stop.
    #[error("the rehearsal had to stop")]
    Rehearsal(#[from] Box<RehearsalError>),
}

impl From<RehearsalError> for CheckError {
    fn from(error: RehearsalError) -> Self {
        Self::Rehearsal(Box::new(error))
    }
}

impl From<SandboxError> for CheckError {
    fn from(error: SandboxError) -> Self {
        Self::Server(Box::new(error))
    }
}

fn list(dirs: &[PathBuf]) -> String {
    dirs.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(", ")
}
