//! The migrations as a rehearsal takes them: plain values, whatever folder they came from.

use std::path::PathBuf;

use freehold_model::place::Place;
pub use freehold_sql::{Course, Delivery};
use freehold_sql::{Statement, StatementKind};

/// One migration: its up and, if there is one, its down.
#[derive(Debug, Clone)]
pub struct Step {
    /// The version as the folder writes it.
    pub version: String,
    /// The name as the folder writes it.
    pub name: String,
    /// The file of the up script.
    pub file: PathBuf,
    /// What is applied.
    pub up: Script,
    /// What undoes it.
    pub down: Option<Script>,
    /// Migrations before this one that are no SQL and were left out: what this one needs may have been made by them.
    pub left_out_before: Vec<String>,
    /// True when the folder's format knows downs, so that a missing one is worth saying.
    pub down_expected: bool,
}

impl Step {
    /// Version and name together, for people.
    pub fn label(&self) -> String {
        match (self.version.is_empty(), self.name.is_empty()) {
            (true, _) => self.name.clone(),
            (_, true) => self.version.clone(),
            // Some tools take the whole name for the version.
            _ if self.version.ends_with(&self.name) => self.version.clone(),
            _ => format!("{} {}", self.version, self.name),
        }
    }
}

/// The statements of one direction and how the folder's tool sends them.
#[derive(Debug, Clone)]
pub struct Script {
    /// In the order of the file.
    pub statements: Vec<ScriptStatement>,
    /// How the tool sends them.
    pub delivery: Delivery,
    /// The script as a whole.
    pub place: Place,
}

/// One SQL command of a script.
#[derive(Debug, Clone)]
pub struct ScriptStatement {
    /// The command's text, without the semicolon.
    pub sql: String,
    /// What the grammar says of it.
    pub statement: Statement,
    /// Where it stands in the file.
    pub place: Place,
    /// The data lines of a `COPY ... FROM stdin`.
    pub copy_data: Option<String>,
    /// The command on one line, shortened for people.
    pub headline: String,
}

impl ScriptStatement {
    /// True when the server refuses it inside a transaction block, on the given major version.
    pub fn forbidden_in_transaction(&self, major: u32) -> bool {
        self.statement.effect.transaction.is_forbidden(major)
    }

    /// True when its text says that it inserts, updates or deletes rows.
    pub fn changes_rows(&self) -> bool {
        let effect = &self.statement.effect;
        matches!(
            effect.kind,
            StatementKind::Insert
                | StatementKind::Update
                | StatementKind::Delete
                | StatementKind::Merge
                | StatementKind::Copy { from: true }
        ) || (effect.is_query && effect.objects_used(freehold_sql::Use::Writes).next().is_some())
    }

    /// True when it begins or ends a transaction (savepoints do neither).
    pub fn bounds_transaction(&self) -> bool {
        self.statement.effect.bounds_transaction()
    }
}

impl Script {
    /// How to run this script on a server of the given major version.
    pub fn course(&self, major: u32) -> Course {
        let effects: Vec<_> = self.statements.iter().map(|s| &s.statement.effect).collect();
        Course::of(&effects, self.delivery, major)
    }

    /// True when the script holds BEGIN, COMMIT or ROLLBACK of its own.
    pub fn bounds_transactions(&self) -> bool {
        self.statements.iter().any(ScriptStatement::bounds_transaction)
    }
}
