//! What can go wrong when a folder is read: one variant a thing, holding the files that it is about.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use freehold_model::place::Place;

use crate::detect::Seen;
use crate::formats::strays::editor_leftover;

/// Why a folder could not be read into migrations.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The name given as format is on no list.
    #[error("there is no migration format `{name}`; the formats are {}", known.join(", "))]
    UnknownFormat {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: Vec<&'static str>,
    },
    /// The folder does not exist.
    #[error("the migrations folder {} does not exist", dir.display())]
    DirMissing {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder could not be listed.
    #[error("cannot list the folder {}", dir.display())]
    DirUnreadable {
        /// The folder.
        dir: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Nothing in the folder is a migration.
    #[error("found no migrations in {}{}", dir.display(), looked_and_seen(looked_for, seen))]
    NoMigrations {
        /// The folder.
        dir: PathBuf,
        /// Which names were looked for.
        looked_for: Vec<String>,
        /// What was there instead.
        seen: Vec<String>,
    },
    /// Files of more than one format stand in one folder.
    #[error("{} mixes migration formats:{}", dir.display(), list_seen(seen))]
    MixedFormats {
        /// The folder.
        dir: PathBuf,
        /// What was seen of each format.
        seen: Vec<Seen>,
    },
    /// Names that several formats share, and nothing around that decides between them.
    #[error("the files of {} are named as {} name theirs: say which one it is", dir.display(), formats.join(" and "))]
    Undecided {
        /// The folder.
        dir: PathBuf,
        /// The formats, by name.
        formats: Vec<&'static str>,
    },
    /// Two scripts claim one version and direction.
    #[error("version {version} is there twice: {} and {}", first.display(), second.display())]
    DuplicateVersion {
        /// The version.
        version: String,
        /// The file that comes first by name.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
    /// A number is missing in a format whose tool wants them without a gap.
    #[error("{format} wants versions without a gap: {missing} is missing before {}", before.display())]
    Gap {
        /// The format's name.
        format: &'static str,
        /// The first version that is missing.
        missing: String,
        /// The file that comes after the gap.
        before: PathBuf,
    },
    /// A down script has no up script.
    #[error("version {version} has a down script, {}, but no up script", down.display())]
    DownWithoutUp {
        /// The version.
        version: String,
        /// The down script.
        down: PathBuf,
    },
    /// A name or a folder that the format's own tool refuses.
    #[error("{format} refuses {}: {why}", path.display())]
    Refused {
        /// The format's name.
        format: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why, as a clause.
        why: String,
    },
    /// The marks inside a file are wrong.
    #[error("{}:{line}: {why}", path.display())]
    BadMark {
        /// The format's name.
        format: &'static str,
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, as a sentence without its full stop.
        why: String,
    },
    /// The script depends on values that stand outside it.
    #[error("{}:{line}: {name} is replaced by {format} before the script is run, and Freehold does not know its value", path.display())]
    Placeholder {
        /// The format's name.
        format: &'static str,
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The placeholder as it is written.
        name: String,
    },
    /// A file is no UTF-8 text.
    #[error("{} is not UTF-8: byte {offset} (line {line}) does not belong to a character{}", path.display(), encoding_hint(*utf16))]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first wrong byte, from 0.
        offset: usize,
        /// Its line, from 1.
        line: usize,
        /// True when the file begins like UTF-16.
        utf16: bool,
    },
    /// A file is no text at all.
    #[error("{} is not a text file: byte {offset} (line {line}) is zero", path.display())]
    Binary {
        /// The file.
        path: PathBuf,
        /// The first zero byte, from 0.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// A file is larger than allowed.
    #[error("{} has {bytes} bytes, more than the limit of {limit}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl ReadError {
    /// What to do next, as a sentence, where the error knows it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::DirMissing { .. } => {
                "Name the folder with --dir, or in freehold.toml as [migrations] dir.".to_owned()
            }
            Self::NoMigrations { .. } => {
                "Name another folder, or say with --migrations-format which format this one is in.".to_owned()
            }
            Self::MixedFormats { .. } => {
                "Say with --migrations-format which of them counts; the other files are then left out."
                    .to_owned()
            }
            Self::Undecided { formats, .. } => format!(
                "Write format = \"{}\" beside the folder, or in freehold.toml under [migrations].",
                formats.first().copied().unwrap_or("plain")
            ),
            Self::DuplicateVersion { first, second, .. }
                if [first, second].into_iter().any(|file| is_leftover(file)) =>
            {
                "One of the two is a copy that an editor or a merge left: remove it.".to_owned()
            }
            Self::DuplicateVersion { .. } => "Give one of the two files a new, later version.".to_owned(),
            Self::Gap { .. } => "Renumber the later files, or add the missing one.".to_owned(),
            Self::DownWithoutUp { .. } => "Add the up script, or remove the down script.".to_owned(),
            Self::Placeholder { name, .. } => {
                format!(
                    "Write the value instead of {name}, or keep this script out of the folder that is checked."
                )
            }
            Self::NotUtf8 { .. } => "Save the file as UTF-8.".to_owned(),
            Self::TooLarge { .. } => {
                "Raise the limit, or load large data by other means than a migration.".to_owned()
            }
            Self::UnknownFormat { .. }
            | Self::DirUnreadable { .. }
            | Self::Refused { .. }
            | Self::BadMark { .. }
            | Self::Binary { .. }
            | Self::Unreadable { .. } => return None,
        })
    }
}

/// Why a script could not be taken apart into statements.
#[derive(Debug, thiserror::Error)]
#[error("cannot take the script at {}:{}:{} apart into statements", place.file.display(), place.start.line, place.start.column)]
pub struct StatementsError {
    /// Where in the file the trouble is.
    pub place: Box<Place>,
    /// What is wrong there; its spans count in the script's text.
    #[source]
    pub source: freehold_sql::ScriptError,
}

fn is_leftover(file: &Path) -> bool {
    file.file_name().is_some_and(|name| editor_leftover(&name.to_string_lossy()).is_some())
}

fn encoding_hint(utf16: bool) -> &'static str {
    if utf16 { "; it begins like UTF-16" } else { "" }
}

fn looked_and_seen(looked_for: &[String], seen: &[String]) -> String {
    let mut text = String::new();
    text.push_str("\n  looked for");
    for line in looked_for {
        let _ = write!(text, "\n    {line}");
    }
    text.push_str("\n  and found");
    if seen.is_empty() {
        text.push_str("\n    nothing");
    }
    for line in seen {
        let _ = write!(text, "\n    {line}");
    }
    text
}

fn list_seen(seen: &[Seen]) -> String {
    let mut text = String::new();
    for of_format in seen {
        let _ = write!(text, "\n  {}: {}", of_format.format, of_format.in_words());
    }
    text
}
