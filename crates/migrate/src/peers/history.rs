//! What another tool's table says, as values.

use std::time::Duration;

use freehold_model::name::QualifiedName;
use jiff::Timestamp;

/// One table of another tool, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerHistory {
    /// The tool, by the name of its format of folders: `golang-migrate`.
    pub tool: &'static str,
    /// The table that was read.
    pub table: QualifiedName,
    /// What it records of migrations, in the order in which they were applied as far as the table says. Rows that are
    /// bookkeeping and no migration (goose's version 0, Flyway's markers) are left out.
    pub entries: Vec<PeerEntry>,
    /// What a person should know about the table, as sentences.
    pub remarks: Vec<String>,
}

/// One row that is about a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerEntry {
    /// The version in the form that [`crate::Migration::version`] has for the tool's own folders. Empty for Flyway's
    /// repeatable migrations, which are known by their name.
    pub version: String,
    /// The name or description, where the tool keeps one.
    pub name: Option<String>,
    /// When it was applied, where the tool keeps that. Times without a zone count as in the session's time zone,
    /// unless the tool is known to write UTC.
    pub applied_at: Option<Timestamp>,
    /// What became of it.
    pub state: PeerState,
    /// Whether the row is about one migration or about all up to it.
    pub stands_for: StandsFor,
    /// The checksum, where the tool keeps one.
    pub checksum: Option<PeerChecksum>,
    /// The database role that applied it, where the tool keeps that.
    pub applied_by: Option<String>,
    /// How long it took, where the tool keeps that.
    pub duration: Option<Duration>,
}

impl PeerEntry {
    /// An applied migration of which only the version is known.
    pub(crate) fn applied(version: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            name: None,
            applied_at: None,
            state: PeerState::Applied,
            stands_for: StandsFor::Itself,
            checksum: None,
            applied_by: None,
            duration: None,
        }
    }

    /// Version and name for people, like [`crate::Migration::label`].
    pub fn label(&self) -> String {
        match (&self.version, self.name.as_deref().unwrap_or("")) {
            (version, "") => version.clone(),
            (version, name) if version.is_empty() || version == name => name.to_owned(),
            (version, name) => format!("{version} {name}"),
        }
    }
}

/// What became of a migration, by the tool's own record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerState {
    /// It is applied.
    Applied,
    /// It began and did not end well, or the row cannot be right; what is in the database has to be looked at.
    Failed {
        /// What the row says and what that can mean, as a sentence without the version.
        why: String,
    },
    /// It was undone, or the tool was told to count it as undone.
    RolledBack,
    /// A later row about the same migration counts instead.
    Superseded,
}

/// How much a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandsFor {
    /// The one migration of its version.
    Itself,
    /// Every migration up to and including its version: the tool keeps one number, or the row is a baseline.
    UpTo,
}

/// A checksum as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerChecksum {
    /// How it was made: `SHA-384`, `CRC-32`.
    pub algorithm: &'static str,
    /// The value as text: hexadecimal, or Flyway's signed decimal number.
    pub recorded: String,
}
