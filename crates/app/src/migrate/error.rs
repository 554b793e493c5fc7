//! Why a command of `freehold migrate` could not be carried out.

use std::path::PathBuf;

use freehold_migrate::ReadError;

use super::destination::DestinationError;

/// Why a command of `freehold migrate` could not be carried out. What failed on a target while others went on is in the
/// outcome instead.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
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
    /// It is not known which database is meant.
    #[error(transparent)]
    Destination(#[from] DestinationError),
}

impl MigrateError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoMigrationsDir { .. } => {
                Some("Name the folder with --dir, or in freehold.toml as [migrations] dir.".to_owned())
            }
            Self::SeveralMigrationsDirs { .. } => {
                Some("Name one of them with --dir, or in freehold.toml as [migrations] dir.".to_owned())
            }
            Self::Folder(error) => error.help(),
            Self::Destination(error) => error.help(),
            Self::PreludeUnreadable { .. } => {
                Some("[sandbox] prelude in freehold.toml names it, relative to that file.".to_owned())
            }
        }
    }
}

fn list(dirs: &[PathBuf]) -> String {
    dirs.iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(", ")
}
