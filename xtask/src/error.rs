//! What can go wrong in a task.

use std::{io, path::PathBuf};

/// Why a task could not be done. Problems that a task finds are no errors.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    #[error("could not read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("could not write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("could not walk through {}", path.display())]
    Walk { path: PathBuf, source: walkdir::Error },
    #[error("could not start `{command}`")]
    Start { command: String, source: io::Error },
    #[error("`{command}` failed: {words}")]
    Failed { command: String, words: String },
    #[error("`{command}` wrote something that is not UTF-8")]
    NotText { command: String, source: std::string::FromUtf8Error },
    #[error("could not write the report's schema as JSON")]
    Schema { source: serde_json::Error },
    #[error("'{name}' is no name for a rule: lower case letters and digits in words joined by '-'")]
    Name { name: String },
    #[error("{} exists already", path.display())]
    Exists { path: PathBuf },
    #[error("the room that holds rules, {}, does not exist yet: nothing was created", path.display())]
    NoRoom { path: PathBuf },
    #[error("{} has no list `{list}` to put the new unit on", path.display())]
    NoList { path: PathBuf, list: &'static str },
}
