//! What can go wrong when a migration is written.

use std::path::PathBuf;

use super::name::NameError;
use crate::error::ReadError;

/// Why the next migration was not written. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The name says too little, or cannot be a file's name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is no migration whose format could be followed.
    #[error("there is no migration in {} yet, so its format is not known", dir.display())]
    FormatNeeded {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder as it is cannot be read.
    #[error("cannot add a migration to a folder that cannot be read")]
    Folder {
        /// What reading says.
        #[source]
        source: Box<ReadError>,
    },
    /// What was given is one file with a whole schema.
    #[error("a schema in one file has no next migration")]
    OneFile,
    /// The format has no mark for "no transaction".
    #[error("{format} has no mark by which one migration asks for no transaction: {why}")]
    NoMark {
        /// The format's name.
        format: &'static str,
        /// How the tool sends a script instead, as a clause.
        why: &'static str,
    },
    /// The format has no down scripts.
    #[error("{format} has no down scripts")]
    NoDowns {
        /// The format's name.
        format: &'static str,
    },
    /// The text cannot stand in a file of the format.
    #[error("{format} cannot hold this text: {why}")]
    TextRefused {
        /// The format's name.
        format: &'static str,
        /// Why, as a clause.
        why: String,
    },
    /// No version follows the last one.
    #[error("no version of {format} follows `{last}`")]
    NoNextVersion {
        /// The format's name.
        format: &'static str,
        /// The last version, as it is written.
        last: String,
    },
    /// Another process adds a migration to the folder.
    #[error("another process has been adding a migration to {} for {seconds} seconds", dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A file of that name is there already.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// Something could not be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// With the new files the folder cannot be read any more; they were removed.
    #[error("the folder cannot be read with the new migration, so it was removed again")]
    NotReadBack {
        /// The files that were removed.
        files: Vec<PathBuf>,
        /// What reading says.
        #[source]
        source: Box<ReadError>,
    },
    /// With the new files the folder does not have one migration more, as its last; they were removed.
    #[error("the new migration would not be the folder's next one, so it was removed again: {why}")]
    Misread {
        /// The files that were removed.
        files: Vec<PathBuf>,
        /// What was read instead, as a clause.
        why: String,
    },
}

impl ComposeError {
    /// What to do next, as a sentence, where the error knows it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Name(error) => error.help(),
            Self::FormatNeeded { .. } => {
                let names: Vec<_> =
                    crate::format::FORMATS.iter().map(|f| f.name()).filter(|name| *name != "schema").collect();
                format!("Name the format that its migrations shall have; the formats are {}.", names.join(", "))
            }
            Self::Folder { source } | Self::NotReadBack { source, .. } => return source.help(),
            Self::OneFile => "Name a folder of migrations.".to_owned(),
            Self::NoMark { .. } => {
                "Give the statement that cannot run in a transaction a migration of its own, with nothing else in it."
                    .to_owned()
            }
            Self::NoDowns { .. } => "Leave the down script out.".to_owned(),
            Self::NoNextVersion { .. } => "Write the file by hand, with a version of your own.".to_owned(),
            Self::Busy { .. } => "Try again when it has ended.".to_owned(),
            Self::Exists { .. } => "Choose another name.".to_owned(),
            Self::Misread { .. } => {
                "Look at how the last versions are written: the next one must sort after all of them.".to_owned()
            }
            Self::TextRefused { .. } | Self::Unwritable { .. } => return None,
        })
    }
}
