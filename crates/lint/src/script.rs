//! What is known of a script before its statements are looked at.

use std::path::PathBuf;

use freehold_sql::Delivery;

/// Which way a script goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// It applies a migration.
    Up,
    /// It takes one back.
    Down,
}

/// A script of a folder.
#[derive(Debug, Clone)]
pub struct ScriptInfo {
    /// The version as the folder writes it; empty for a script that has none.
    pub version: String,
    /// Version and name, for people.
    pub label: String,
    /// The file, relative to the project where that is possible.
    pub file: PathBuf,
    /// Up or down.
    pub direction: Direction,
    /// How the folder's tool sends it.
    pub delivery: Delivery,
    /// The tool sends it in one message, so that its statements share an implicit transaction, whatever it holds.
    pub asked_for_no_transaction: bool,
    /// Findings are wanted; when false the script is only followed (it was applied long ago).
    pub wanted: bool,
    /// The folder's format writes downs, and this migration has none.
    pub down_missing: bool,
    /// A schema that stands for itself, such as a dump: nothing in it is a change of something that was there.
    pub whole_schema: bool,
}
