//! The record that a check leaves beside the migrations: what was rehearsed, in which exact form, and what was seen.
//!
//! It is committed with the migrations and read where they are applied: by `--dry-run`, and by environments that apply
//! only what was rehearsed. So it holds no times, no machine's name and nothing that depends on how fast a machine is;
//! the same folder gives the same bytes, and a line changes only when what it says changes.

mod coverage;
mod file;

use serde::{Deserialize, Serialize};

pub use crate::report::{LockBlocks, ReportIndexBuild, TransactionWord, VerdictWord};
pub use coverage::{Changed, Covered};
pub use file::{RecordError, Written, read, write};

/// The version of the record's shape.
pub const VERSION: u32 = 1;

/// The record's name in the folder of migrations. A hidden file, which no format takes for a migration.
pub const FILE_NAME: &str = ".freehold-rehearsal.json";

/// What the file says of itself to people who open it.
const ABOUT: &str =
    "Written by `freehold check`. Commit it with the migrations; do not edit or merge it by hand.";

/// What the last rehearsal of a folder saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this shape: 1.
    pub version: u32,
    /// For people who open the file.
    pub about: String,
    /// The program that wrote it, such as `freehold 0.1.0`.
    pub tool: String,
    /// The major version of the server of the rehearsal.
    pub server_major: u32,
    /// The format of the folder, such as `golang-migrate`.
    pub format: String,
    /// Counts of all findings, also of those that belong to no migration.
    pub findings: Counts,
    /// What was rehearsed, in the order of application.
    pub migrations: Vec<RecordMigration>,
}

/// How many findings there were, by the project's levels. A severity that was measured on one machine counts as the
/// rule's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Of severity error.
    pub errors: usize,
    /// Of severity warning.
    pub warnings: usize,
    /// Of severity note.
    pub notes: usize,
}

/// One migration of the rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordMigration {
    /// What a history calls it, see [`freehold_migrate::Migration::key`].
    pub key: String,
    /// The file of its up script, relative to the folder, with `/` between parts.
    pub file: String,
    /// The checksum of the up script.
    pub up: String,
    /// The checksum of the down script, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down: Option<String>,
    /// The chain over the up scripts so far, see [`freehold_migrate::link`].
    pub chain: String,
    /// True when the up script ran to its end.
    pub applied: bool,
    /// How the up script is put into transactions.
    pub transaction: TransactionWord,
    /// Whether up, down, up again gave the same.
    pub reversible: VerdictWord,
    /// Counts of the findings about its files.
    pub findings: Counts,
    /// The rules of its errors, by id, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub error_rules: Vec<String>,
    /// The statements of the up script, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<RecordStatement>,
}

/// One statement of an up script, and what was seen of it. Lists are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordStatement {
    /// The beginning of its text on one line.
    pub headline: String,
    /// How much of it could be seen.
    pub seen: Seen,
    /// The locks that it took on relations that were there before the migration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<RecordLock>,
    /// Relations whose files were written anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<String>,
    /// Relations that were read from end to end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scans: Vec<String>,
    /// Indexes that were built on relations that were there before the migration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub index_builds: Vec<ReportIndexBuild>,
}

/// How much of a statement was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// All of it.
    Whole,
    /// It ran, and some of its locks may have been missed: it cannot run in a transaction.
    Partly,
    /// It was refused, or one before it was.
    NotRun,
}

/// A lock on a relation that was there before the migration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordLock {
    /// The relation.
    pub relation: String,
    /// The mode as the manual writes it: `ACCESS EXCLUSIVE`.
    pub mode: String,
    /// What others cannot do while it is held.
    pub blocks: LockBlocks,
}

impl Record {
    /// A record of this version of the program, without migrations.
    pub fn new(server_major: u32, format: impl Into<String>) -> Self {
        Self {
            version: VERSION,
            about: ABOUT.to_owned(),
            tool: format!("freehold {}", env!("CARGO_PKG_VERSION")),
            server_major,
            format: format.into(),
            findings: Counts::default(),
            migrations: Vec::new(),
        }
    }

    /// What was written of a migration, by the key that histories use. Whether it still holds, [`Self::covers`] says.
    pub fn migration(&self, key: &str) -> Option<&RecordMigration> {
        self.migrations.iter().find(|migration| migration.key == key)
    }

    /// What was seen of the statements of a migration's up, by its key. As for [`Self::migration`].
    pub fn statements_of(&self, key: &str) -> Option<&[RecordStatement]> {
        self.migration(key).map(|migration| migration.statements.as_slice())
    }

    /// The file's text. The same record always gives the same.
    pub fn text(&self) -> String {
        // Nothing in these types can fail to be written as JSON; an empty text would be read as damaged, not as valid.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}
