//! Whether a migration that was applied is still the same.

use std::path::PathBuf;

use crate::edit::{self, Edit};
use crate::folder::Migration;
use crate::history::HistoryRow;

/// A migration whose file was changed after it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The migration.
    pub label: String,
    /// Its file.
    pub file: PathBuf,
    /// What kind of change it is; `None` when the text that was applied was not kept.
    pub edit: Option<Edit>,
    /// The change as a unified diff, where the old text was kept.
    pub diff: Option<String>,
    /// The checksum of what was applied.
    pub was: String,
    /// The checksum of the file.
    pub is: String,
}

impl Edited {
    /// True unless it is known that nothing but line ends, white space or comments changed.
    pub fn changes_code(&self) -> bool {
        !matches!(self.edit, Some(Edit::Same | Edit::LineEnds | Edit::WhiteSpace | Edit::Comments))
    }

    /// What changed, as a clause.
    pub fn in_words(&self) -> String {
        match self.edit {
            Some(Edit::Same) => "nothing changed".to_owned(),
            Some(Edit::LineEnds) => "only line ends changed after it was applied".to_owned(),
            Some(Edit::WhiteSpace) => "only white space changed after it was applied".to_owned(),
            Some(Edit::Comments) => "only comments changed after it was applied".to_owned(),
            Some(Edit::Code) => "its SQL changed after it was applied".to_owned(),
            None => "it changed after it was applied; the text that was applied was not kept".to_owned(),
        }
    }
}

/// How the up script of a migration differs from what the row says was run; `None` when it does not, or when the row
/// knows no checksum.
pub fn edited(migration: &Migration, row: &HistoryRow) -> Option<Edited> {
    if row.checksum.is_empty() || row.checksum == migration.up.checksum {
        return None;
    }
    let compared = row.script.as_deref().map(|old| edit::compare(old, migration.up.text()));
    Some(Edited {
        label: migration.label(),
        file: migration.up.file.path.clone(),
        edit: compared.as_ref().map(|(edit, _)| *edit),
        diff: compared.map(|(_, diff)| diff),
        was: row.checksum.clone(),
        is: migration.up.checksum.clone(),
    })
}
