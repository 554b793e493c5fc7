//! What was observed of one migration, as reports carry it.

use freehold_model::lock::Blocks;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::VerdictWord;

/// One migration of the rehearsal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportMigration {
    /// The version as the folder's format writes it.
    pub version: String,
    /// The name behind the version; may be empty.
    pub name: String,
    /// The file of the up script.
    pub file: String,
    /// The file of the down script, if there is one; the same file in formats that keep both in one.
    pub down_file: Option<String>,
    /// `versioned`, `repeatable`, `baseline` or `whole-schema`.
    pub kind: String,
    /// True when the up script ran to its end.
    pub applied: bool,
    /// How long the up script took, in milliseconds.
    pub up_ms: f64,
    /// How long the down script took, in milliseconds, if it ran.
    pub down_ms: Option<f64>,
    /// How the up script is put into transactions.
    pub transaction: TransactionWord,
    /// Whether up, down, up again gave the same catalog and data.
    pub reversible: VerdictWord,
    /// The statements of the up script, in order.
    pub statements: Vec<ReportStatement>,
    /// The statements of the down script, in order, as far as they ran.
    pub down_statements: Vec<ReportStatement>,
    /// What was different after down, or after the second up.
    pub differences: Vec<ReportDifference>,
}

/// How a script is put into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TransactionWord {
    /// The project's tool wraps the script in one transaction.
    Wrapped,
    /// The script is sent as one message; the server runs it as one transaction.
    Implicit,
    /// Statement by statement, without a transaction.
    None,
    /// The script begins and ends transactions itself.
    Own,
}

impl TransactionWord {
    /// For people, to be read after "runs".
    pub fn words(self) -> &'static str {
        match self {
            Self::Wrapped => "in one transaction",
            Self::Implicit => "as one message, an implicit transaction",
            Self::None => "without a transaction",
            Self::Own => "in transactions of its own",
        }
    }
}

/// One statement that was run and observed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportStatement {
    /// Its line in the script's file, from 1.
    pub line: usize,
    /// Its column, in characters from 1.
    pub column: usize,
    /// The beginning of its text on one line.
    pub headline: String,
    /// How long it took on the scratch database, in milliseconds.
    pub ms: f64,
    /// The locks that it took on relations that were there before the migration.
    pub locks: Vec<ReportLock>,
    /// Relations whose files were written anew.
    pub rewrites: Vec<String>,
    /// Relations that were read from end to end.
    pub scans: Vec<String>,
    /// Indexes that were built.
    pub index_builds: Vec<ReportIndexBuild>,
    /// How its cost depends on the number of rows, if that is a question for it.
    pub growth: Option<Growth>,
}

/// A lock on a relation that was there before the migration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportLock {
    /// The relation.
    pub relation: String,
    /// The mode as the manual writes it: `ACCESS EXCLUSIVE`.
    pub mode: String,
    /// What others cannot do while it is held.
    pub blocks: LockBlocks,
    /// How long it was held until the end of the transaction, in milliseconds.
    pub held_ms: f64,
    /// Whom the statement had to wait for before it got the lock, if anyone.
    pub waited_for: Option<String>,
}

/// What others cannot do while a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LockBlocks {
    /// Nobody waits but the rarest commands.
    Nothing,
    /// Other schema changes and maintenance wait.
    Ddl,
    /// Writes wait; reads go on.
    Writes,
    /// Everything waits.
    ReadsAndWrites,
}

impl LockBlocks {
    /// For people, to be read after "blocks".
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Ddl => "other schema changes",
            Self::Writes => "writes",
            Self::ReadsAndWrites => "reads and writes",
        }
    }
}

impl From<Blocks> for LockBlocks {
    fn from(blocks: Blocks) -> Self {
        match blocks {
            Blocks::Nothing => Self::Nothing,
            Blocks::Ddl => Self::Ddl,
            Blocks::Writes => Self::Writes,
            Blocks::ReadsAndWrites => Self::ReadsAndWrites,
        }
    }
}

/// An index that a statement built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportIndexBuild {
    /// The index.
    pub index: String,
    /// The relation that it is on.
    pub relation: String,
}

/// How a statement's time depends on the number of rows, measured at two sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Growth {
    /// What came out.
    pub kind: GrowthKind,
    /// The slope of the line through both measurements.
    pub seconds_per_million_rows: Option<f64>,
    /// Rows at the small size.
    pub small_rows: Option<u64>,
    /// Time at the small size, in milliseconds.
    pub small_ms: Option<f64>,
    /// Rows at the large size.
    pub large_rows: Option<u64>,
    /// Time at the large size, in milliseconds.
    pub large_ms: Option<f64>,
    /// Why it was not measured.
    pub why: Option<String>,
}

impl Growth {
    /// Was not measured, for this reason.
    pub fn not_measured(why: impl Into<String>) -> Self {
        Self {
            kind: GrowthKind::NotMeasured,
            seconds_per_million_rows: None,
            small_rows: None,
            small_ms: None,
            large_rows: None,
            large_ms: None,
            why: Some(why.into()),
        }
    }
}

/// Whether a cost depends on the number of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GrowthKind {
    /// The same at both sizes.
    Constant,
    /// More rows take longer.
    Grows,
    /// No measurement was made.
    NotMeasured,
}

/// One difference that the way there and back left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportDifference {
    /// One readable line.
    pub line: String,
    /// After which step it was seen.
    pub after: DifferenceAfter,
    /// True when only the order of columns differs.
    pub order_only: bool,
}

/// The step after which a difference was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceAfter {
    /// After the down script, compared with the state before the up script.
    Down,
    /// After the second up, compared with the state after the first.
    UpAgain,
}

impl DifferenceAfter {
    /// For people: `after down`, `after up again`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Down => "after down",
            Self::UpAgain => "after up again",
        }
    }
}
