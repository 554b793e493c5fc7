//! The trait that every tool's file implements, and the rows that it is handed.

use std::fmt::Debug;

use jiff::Timestamp;

use crate::folder::Migration;
use crate::peers::checksums::Comparison;
use crate::peers::history::{PeerEntry, PeerHistory};
use crate::peers::table::PeerTable;
use crate::version::{leading_digits, without_zeros};

/// A tool that keeps a history in a table of the database.
pub trait Peer: Debug + Sync {
    /// The tool's name; the format of its folders has the same.
    fn tool(&self) -> &'static str;

    /// The names that the tool gives its table unless it is told otherwise; one that stands in a schema of its own is
    /// written `schema.table`.
    fn tables(&self) -> &'static [&'static str];

    /// The columns by which its table is known, in words for people.
    fn looks_like(&self) -> &'static str;

    /// Whether a table is this tool's, by its columns.
    fn recognises(&self, table: &PeerTable) -> bool;

    /// The expressions that are selected, in the order in which [`Peer::interpret`] expects them; each gives text.
    fn select(&self, table: &PeerTable) -> Vec<String>;

    /// What the rows are ordered by.
    fn order(&self) -> &'static str;

    /// What the rows say, by the tool's own rules.
    fn interpret(&self, table: &PeerTable, rows: &[RawRow]) -> Interpreted;

    /// Whether a row is about a migration of the tool's own folders.
    fn is_same(&self, entry: &PeerEntry, migration: &Migration) -> bool {
        entry.version == migration.version
    }

    /// Whether what stands for all up to one version stands for another, too.
    fn reaches(&self, _up_to: &str, _version: &str) -> bool {
        false
    }

    /// Whether the version of a [`crate::StandsFor::UpTo`] row must be one of the folder's: then it is the last
    /// migration that ran, and a folder without it is not the folder that was run.
    fn needs_file_of_last(&self) -> bool {
        true
    }

    /// Whether a file that the reading of the folder left out is the one that a row is about, by the file's name.
    fn is_file_of(&self, entry: &PeerEntry, file: &str) -> bool {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let digits = leading_digits(file).map(|(digits, _)| digits);
        stem == entry.version
            || digits.is_some_and(|digits| digits == entry.version || without_zeros(digits) == entry.version)
    }

    /// The version of a file by its name, where the folder's rules make it a versioned migration.
    fn version_of_file(&self, file: &str) -> Option<String> {
        leading_digits(file).map(|(digits, _)| digits.to_owned())
    }

    /// What else of an applied migration does not agree with its file, as a sentence.
    fn discrepancy(&self, _entry: &PeerEntry, _migration: &Migration) -> Option<String> {
        None
    }

    /// How a recorded checksum compares with a file's; the tool's own way of computing it.
    fn compare(&self, _recorded: &str, _migration: &Migration) -> Comparison {
        Comparison::NotKept
    }

    /// What a person does about a failed migration with the tool's own means, as a sentence.
    fn after_failure(&self) -> &'static str;
}

/// What [`Peer::interpret`] made of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interpreted {
    /// See [`PeerHistory::entries`].
    pub entries: Vec<PeerEntry>,
    /// See [`PeerHistory::remarks`].
    pub remarks: Vec<String>,
}

impl Interpreted {
    pub(crate) fn remark(&mut self, sentence: impl Into<String>) {
        self.remarks.push(sentence.into());
    }

    /// The whole history, for a tool and its table.
    pub(crate) fn of(self, peer: &dyn Peer, table: &PeerTable) -> PeerHistory {
        PeerHistory {
            tool: peer.tool(),
            table: table.name.clone(),
            entries: self.entries,
            remarks: self.remarks,
        }
    }
}

/// One row as text, in the order of [`Peer::select`]; `None` is NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow(pub Vec<Option<String>>);

impl RawRow {
    /// The text of a cell, `None` for NULL.
    pub(crate) fn get(&self, index: usize) -> Option<&str> {
        self.0.get(index)?.as_deref()
    }

    /// The text of a cell, empty for NULL.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.get(index).unwrap_or("")
    }

    /// True for a boolean that is true.
    pub(crate) fn is_true(&self, index: usize) -> bool {
        self.get(index) == Some("true")
    }

    /// A moment; `None` for NULL, infinity and what no calendar has.
    pub(crate) fn moment(&self, index: usize) -> Option<Timestamp> {
        self.get(index)?.parse().ok()
    }

    /// A whole number.
    pub(crate) fn number(&self, index: usize) -> Option<i64> {
        self.get(index)?.parse().ok()
    }
}
