//! What can be wrong with a baseline's file.

use std::{io, path::PathBuf};

/// A baseline that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("the baseline {} could not be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is no baseline.
    #[error("the baseline {} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A newer Freehold wrote it.
    #[error("the baseline {} was written by a newer Freehold (its version is {version})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It cannot be written.
    #[error("the baseline {} could not be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl BaselineError {
    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "write it with `freehold lint --write-baseline`, or name another file",
            Self::Damaged { .. } => {
                "mend it (a merge may have left its marks), or write it anew with `--write-baseline`"
            }
            Self::Newer { .. } => "use the Freehold that wrote it",
            Self::Unwritable { .. } => "name a file in a folder that can be written to: `--baseline FILE`",
        }
    }
}
