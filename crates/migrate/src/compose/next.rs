//! What a format is given to make files of, and the files that it makes.

use super::error::ComposeError;
use crate::listing::{Entry, Listing};

/// A migration that is to be put into files.
#[derive(Debug, Clone, Copy)]
pub struct Next<'a> {
    /// What stands in the folder today.
    pub listing: &'a Listing,
    /// The file or folder with the greatest version today.
    pub last: Option<&'a Entry>,
    /// The version as it is written in file names.
    pub version: &'a str,
    /// The name.
    pub name: &'a str,
    /// The text of the up script, without the format's marks.
    pub up: &'a str,
    /// The text of the down script, where there is to be one.
    pub down: Option<&'a str>,
    /// The files are to carry the format's mark for no transaction.
    pub no_transaction: bool,
}

/// What a file is to its migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileRole {
    /// Holds the up script.
    Up,
    /// Holds the down script.
    Down,
    /// Holds both, or all that there is.
    Both,
    /// Goes beside the scripts: settings, or code that runs them.
    Beside,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its place in the folder, with `/` between parts.
    pub place: String,
    /// What is in it.
    pub text: String,
    /// What it is for.
    pub role: FileRole,
}

impl NewFile {
    pub(crate) fn new(role: FileRole, place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { place: place.into(), text: text.into(), role }
    }
}

impl Next<'_> {
    /// Refuses to write without a transaction, for a format that has no mark for it.
    pub(crate) fn needs_transaction(
        &self,
        format: &'static str,
        why: &'static str,
    ) -> Result<(), ComposeError> {
        if self.no_transaction { Err(ComposeError::NoMark { format, why }) } else { Ok(()) }
    }

    /// Refuses a down script, for a format that has none.
    pub(crate) fn has_no_down(&self, format: &'static str) -> Result<(), ComposeError> {
        if self.down.is_some() { Err(ComposeError::NoDowns { format }) } else { Ok(()) }
    }

    /// The character between version and name: the one of the last file where it is one of `known`, else the first.
    pub(crate) fn separator(&self, known: &[char], last_version: Option<&str>) -> char {
        let default = known.first().copied().unwrap_or('_');
        let after = self.last.and_then(|last| {
            let version = last_version?;
            let at = last.name.find(version)? + version.len();
            last.name.get(at..)?.chars().next()
        });
        after.filter(|found| known.contains(found)).unwrap_or(default)
    }

    /// An up file and, where there is a down script, a down file, each with `before` in front of its text.
    pub(crate) fn pair(&self, up: String, down: String, before: &str) -> Vec<NewFile> {
        let text = |script: &str| format!("{before}{}", ended(script));
        let mut files = vec![NewFile::new(FileRole::Up, up, text(self.up))];
        files.extend(self.down.map(|script| NewFile::new(FileRole::Down, down, text(script))));
        files
    }
}

/// A text that ends with a line end, unless it is empty.
pub(crate) fn ended(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}
