//! What a database records of the migrations applied to it: a log of rows, and what follows from them.

pub(crate) mod check;
pub(crate) mod read;
pub(crate) mod table;
pub(crate) mod write;

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;

pub use check::HistoryError;
pub use read::look;

/// One row: something that was done, or begun.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryRow {
    /// Its number: rows are ordered by it, never by time, for clocks go backwards.
    pub id: i64,
    /// The migration's key, see `Migration::key`.
    pub version: String,
    /// The migration's name.
    pub name: String,
    /// SHA-256 of the script that was run, as 64 hexadecimal digits; empty when it was not known.
    pub checksum: String,
    /// Which way.
    pub direction: Direction,
    /// How far it came.
    pub state: State,
    /// When, by the server's clock.
    pub applied_at: Timestamp,
    /// The role, and who asked for it if that was said.
    pub applied_by: String,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// The ticket that asked for it.
    pub ticket: Option<String>,
    /// For a script outside a transaction: how many statements took effect.
    pub statement: Option<i32>,
    /// For a script outside a transaction: how many statements it has.
    pub statements: Option<i32>,
    /// True when a migration with a later version had been applied before.
    pub out_of_order: bool,
    /// The tool whose history it was taken from.
    pub source: Option<String>,
    /// What was noted before a statement was begun that no transaction can undo.
    pub progress: Option<serde_json::Value>,
    /// What the server said when it failed.
    pub error: Option<String>,
    /// The script's text, where it was asked for and kept.
    pub script: Option<String>,
}

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Applied.
    Up,
    /// Taken back.
    Down,
}

impl Direction {
    /// As it stands in the table: `up`, `down`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How far something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Begun outside a transaction, and not known to have ended.
    Running,
    /// Done.
    Applied,
    /// A script outside a transaction stopped in the middle.
    Failed,
    /// Declared without being run, by `force`.
    Forced,
    /// Declared without being run, by `baseline`.
    Baseline,
    /// Taken over from another tool's history.
    Adopted,
}

impl State {
    /// All, in the order in which the table's constraint lists them.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Applied, Self::Failed, Self::Forced, Self::Baseline, Self::Adopted];

    /// As it stands in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Forced => "forced",
            Self::Baseline => "baseline",
            Self::Adopted => "adopted",
        }
    }

    /// From the table.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// True when nothing of it is left to do.
    pub fn is_done(self) -> bool {
        !matches!(self, Self::Running | Self::Failed)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// All rows of a target, in the order of their numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The rows.
    pub rows: Vec<HistoryRow>,
    /// False when the target has no history table yet.
    pub exists: bool,
    /// True when the target holds no table or view of anybody: nothing can be lost there.
    pub untouched: bool,
}

/// Where one migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is applied.
    Applied,
    /// It was taken back, or never applied.
    NotApplied,
    /// Its up stopped in the middle.
    HalfApplied,
    /// Its down stopped in the middle.
    HalfReverted,
}

impl History {
    /// The row that decides where each migration stands: the last of its rows, by key.
    pub fn latest(&self) -> HashMap<&str, &HistoryRow> {
        self.rows.iter().map(|row| (row.version.as_str(), row)).collect()
    }

    /// Where a migration stands.
    pub fn standing(&self, key: &str) -> Standing {
        self.rows
            .iter()
            .rev()
            .find(|row| row.version == key)
            .map_or(Standing::NotApplied, HistoryRow::standing)
    }

    /// The deciding rows of the migrations that are applied, or half reverted, in the order of application.
    pub fn applied(&self) -> Vec<&HistoryRow> {
        let latest = self.latest();
        let mut applied: Vec<&HistoryRow> = latest
            .into_values()
            .filter(|row| matches!(row.standing(), Standing::Applied | Standing::HalfReverted))
            .collect();
        applied.sort_by_key(|row| row.id);
        applied
    }

    /// The row of a script that stopped in the middle, if there is one.
    pub fn unfinished(&self) -> Option<&HistoryRow> {
        self.latest().into_values().filter(|row| !row.state.is_done()).min_by_key(|row| row.id)
    }

    /// The version that was applied last and still is; `None` when nothing is applied. Repeatable migrations have none.
    pub fn version(&self) -> Option<&HistoryRow> {
        self.applied().into_iter().rfind(|row| row.standing() == Standing::Applied && !row.is_repeatable())
    }
}

impl HistoryRow {
    /// Where the migration stands if this is its last row.
    pub fn standing(&self) -> Standing {
        match (self.direction, self.state.is_done()) {
            (Direction::Up, true) => Standing::Applied,
            (Direction::Up, false) => Standing::HalfApplied,
            (Direction::Down, true) => Standing::NotApplied,
            (Direction::Down, false) => Standing::HalfReverted,
        }
    }

    /// True for a migration that is applied again whenever it changes, and never taken back; see `Migration::key`.
    pub fn is_repeatable(&self) -> bool {
        self.version.starts_with("repeatable ")
    }

    /// Version and name for people.
    pub fn label(&self) -> String {
        let named = !self.name.is_empty() && !self.version.ends_with(&self.name);
        if named { format!("{} {}", self.version, self.name) } else { self.version.clone() }
    }
}
