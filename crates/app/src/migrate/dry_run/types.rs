//! What a command would do, as values for people and for programs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::migrate::status::Trouble;
use crate::report::LockBlocks;

/// What a command would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DryRun {
    /// The version of this shape: 1.
    pub version: u32,
    /// Where what is said of locks comes from, or why nothing is; a sentence.
    pub rehearsal: Option<String>,
    /// What the rules of the environment have against it; with any, nothing would be run.
    pub refused: Vec<DryRefusal>,
    /// The scripts that would be run on any target, in the order of the folder.
    pub migrations: Vec<DryMigration>,
    /// What would be done on each target, in the order in which they were named.
    pub targets: Vec<DryTarget>,
}

/// A reason against the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DryRefusal {
    /// The rule: `forward-only`, `ticket`, `destructive` or `rehearsal`.
    pub rule: String,
    /// The reason as a sentence.
    pub reason: String,
    /// What to do about it.
    pub help: Option<String>,
    /// File, line and column of what is refused.
    pub place: Option<String>,
}

/// What would be done on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DryTarget {
    /// The target.
    pub target: String,
    /// Why it cannot be told, or why nothing would be done.
    pub trouble: Option<Trouble>,
    /// The exit code that the command would end with for this target alone.
    pub outcome: u8,
    /// The scripts that would be run, in order.
    pub steps: Vec<DryStep>,
    /// Rows that would be written without anything being run.
    pub marks: Vec<DryMark>,
    /// What is left alone, and why.
    pub skipped: Vec<String>,
}

/// A script that would be run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct DryStep {
    /// The migration's version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// `up` or `down`.
    pub direction: String,
    /// True when a later one is applied already.
    pub out_of_order: bool,
    /// For one that stopped in the middle: it would go on after so many statements.
    pub resumes_after: Option<usize>,
}

/// A row that would be written without anything being run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct DryMark {
    /// The migration's version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// True when it would be declared applied, false when not applied.
    pub applied: bool,
    /// The row's state.
    pub state: String,
}

/// A script that would be run, with its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DryMigration {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// `up` or `down`.
    pub direction: String,
    /// Its file, as seen from the project.
    pub file: String,
    /// How it is put into transactions.
    pub transaction: DryTransaction,
    /// Why it is not one transaction, as a clause.
    pub because: Option<String>,
    /// What the rehearsal record says of it, as a clause.
    pub rehearsed: Option<String>,
    /// Its statements, in order.
    pub statements: Vec<DryStatement>,
}

/// How a script is put into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DryTransaction {
    /// The whole script and its row in the history.
    One,
    /// Statement by statement, each with the number of those that took effect.
    StatementByStatement,
    /// It is no SQL and would not be run.
    Unreadable,
}

/// A statement that would be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DryStatement {
    /// Its number in the script, from 1.
    pub number: usize,
    /// Its line in the file.
    pub line: usize,
    /// It on one line, shortened.
    pub headline: String,
    /// The locks that the last rehearsal saw it take on relations that were there before.
    pub locks: Vec<DryLock>,
    /// Relations whose files the last rehearsal saw written anew.
    pub rewrites: Vec<String>,
    /// Relations that the last rehearsal saw read from end to end.
    pub scans: Vec<String>,
    /// What it destroys, and what its author says of that.
    pub destroys: Vec<DryLoss>,
}

/// A lock that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DryLock {
    /// The relation.
    pub relation: String,
    /// The mode: `ACCESS EXCLUSIVE`.
    pub mode: String,
    /// What others cannot do while it is held.
    pub blocks: LockBlocks,
}

/// Something that a statement destroys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DryLoss {
    /// The word that allows it: `drop_column`.
    pub word: String,
    /// What is hurt.
    pub object: Option<String>,
    /// What is lost, as a clause.
    pub why: String,
    /// The reason for which its author allows it.
    pub allowed_because: Option<String>,
}
