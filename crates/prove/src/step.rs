//! The migrations as a rehearsal takes them: plain values, whatever folder they came from.

use std::path::PathBuf;

use freehold_model::place::Place;
use freehold_sql::{Statement, StatementKind, TransactionControl};

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

/// How a migration tool sends a script to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Inside one transaction that the tool opens and ends.
    Wrapped,
    /// As one message: several statements share an implicit transaction, a single one runs on its own.
    Implicit,
    /// Statement by statement, each in its own transaction.
    Separate,
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
        self.statement.effect.control.as_ref().is_some_and(|control| {
            !matches!(
                control,
                TransactionControl::Savepoint(_)
                    | TransactionControl::Release(_)
                    | TransactionControl::RollbackTo(_)
            )
        })
    }
}

/// How a rehearsal runs a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// All statements from `first` up to, not including, `last` in one transaction: it can be tried and rolled back.
    OneTransaction {
        /// Index of the first statement to run.
        first: usize,
        /// One past the last statement to run.
        last: usize,
    },
    /// Statement by statement, committed as it goes; `opened` says that the tool has opened a transaction first.
    Separately {
        /// The tool wraps the script although it ends transactions itself.
        opened: bool,
    },
}

impl Script {
    /// How to run this script on a server of the given major version.
    pub fn course(&self, major: u32) -> Course {
        let count = self.statements.len();
        let bounds: Vec<usize> = (0..count)
            .filter(|i| self.statements.get(*i).is_some_and(ScriptStatement::bounds_transaction))
            .collect();
        match bounds.as_slice() {
            [] if self.delivery == Delivery::Separate => Course::Separately { opened: false },
            [] if self.delivery == Delivery::Implicit
                && count == 1
                && self.statements.iter().any(|s| s.forbidden_in_transaction(major)) =>
            {
                Course::Separately { opened: false }
            }
            [] => Course::OneTransaction { first: 0, last: count },
            [begin, commit]
                if *begin == 0 && commit + 1 == count && self.is_begin(0) && self.is_commit(*commit) =>
            {
                Course::OneTransaction { first: 1, last: *commit }
            }
            _ => Course::Separately { opened: self.delivery == Delivery::Wrapped },
        }
    }

    /// True when the script holds BEGIN, COMMIT or ROLLBACK of its own.
    pub fn bounds_transactions(&self) -> bool {
        self.statements.iter().any(ScriptStatement::bounds_transaction)
    }

    fn is_begin(&self, index: usize) -> bool {
        matches!(self.control(index), Some(TransactionControl::Begin))
    }

    fn is_commit(&self, index: usize) -> bool {
        matches!(self.control(index), Some(TransactionControl::Commit { chain: false }))
    }

    fn control(&self, index: usize) -> Option<&TransactionControl> {
        self.statements.get(index).and_then(|s| s.statement.effect.control.as_ref())
    }
}
