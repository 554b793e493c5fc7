//! What a rehearsal saw: plain values, one per statement, script and migration.

use std::{sync::Arc, time::Duration};

use freehold_db::DbError;
use freehold_model::{
    catalog::{Catalog, Difference},
    lock::LockMode,
};

/// A relation that was there before the script began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationSeen {
    /// The server's number for it in this run.
    pub oid: u32,
    /// Its schema, unquoted; empty when the relation was dropped before it could be asked.
    pub schema: String,
    /// Its name, unquoted.
    pub name: String,
    /// Its name as people write it.
    pub display: String,
    /// `pg_class.relkind`.
    pub kind: char,
}

impl RelationSeen {
    /// True for what holds rows: tables, partitioned tables, materialised views.
    pub fn holds_rows(&self) -> bool {
        matches!(self.kind, 'r' | 'p' | 'm')
    }

    /// The kind in words.
    pub fn kind_word(&self) -> &'static str {
        match self.kind {
            'r' => "table",
            'p' => "partitioned table",
            'i' | 'I' => "index",
            'v' => "view",
            'm' => "materialized view",
            'S' => "sequence",
            'f' => "foreign table",
            'c' => "composite type",
            _ => "relation",
        }
    }
}

/// A lock that a statement took on a relation that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockSeen {
    /// What was locked.
    pub relation: RelationSeen,
    /// The strongest mode that this statement added.
    pub mode: LockMode,
    /// From the start of the statement to the end of the transaction, in time spent by the server on statements.
    pub held: Duration,
}

/// An index that a statement built over a relation that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexBuild {
    /// The index, as the server named it.
    pub index: String,
    /// The relation.
    pub relation: RelationSeen,
}

/// Rows that a statement changed in a relation that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsTouched {
    /// The relation.
    pub relation: RelationSeen,
    /// Rows inserted, updated and deleted.
    pub inserted: i64,
    /// See above.
    pub updated: i64,
    /// See above.
    pub deleted: i64,
}

/// How the time of a statement depends on the rows of the table that it locks.
#[derive(Debug, Clone, PartialEq)]
pub enum Growth {
    /// Measured at two sizes: the time did not grow.
    Constant(Measured),
    /// Measured at two sizes: the time grew.
    Grows(Measured),
    /// Not measured, and why.
    NotMeasured {
        /// The reason, for people.
        why: String,
    },
}

/// A statement's time at two sizes of its table.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The table that was filled.
    pub relation: String,
    /// Rows in the smaller table.
    pub small_rows: u64,
    /// Time at the smaller size.
    pub small: Duration,
    /// Rows in the larger table.
    pub large_rows: u64,
    /// Time at the larger size.
    pub large: Duration,
    /// Slope of the line through both points, in seconds per million rows.
    pub seconds_per_million: f64,
}

/// One statement as it ran.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Which statement of the script.
    pub index: usize,
    /// Time from sending to the answer.
    pub took: Duration,
    /// Locks that it added on relations that were there before.
    pub locks: Vec<LockSeen>,
    /// Relations that were there before and whose storage it replaced.
    pub rewrites: Vec<RelationSeen>,
    /// Relations that were there before and that it read from end to end.
    pub scans: Vec<RelationSeen>,
    /// Indexes that it built over relations that were there before.
    pub index_builds: Vec<IndexBuild>,
    /// Rows that it changed in relations that were there before.
    pub rows: Vec<RowsTouched>,
    /// What the server said made a scan unnecessary.
    pub spared: Vec<String>,
    /// Which transaction of the script it ran in: locks are held to the end of that one only.
    pub transaction: usize,
    /// False when it ran outside a transaction and was watched from a second session only.
    pub from_inside: bool,
    /// What a second session could not see, if it ran outside a transaction.
    pub unseen: Option<String>,
    /// How its time depends on the rows, where that was a question.
    pub growth: Option<Growth>,
}

/// A statement that the server refused.
#[derive(Debug)]
pub struct Refusal {
    /// Which statement of the script; the number of statements when the end of the transaction was refused.
    pub index: usize,
    /// What the server said.
    pub error: DbError,
}

/// One script as it ran.
#[derive(Debug, Default)]
pub struct ScriptRun {
    /// The statements that were carried out, in order.
    pub statements: Vec<Observed>,
    /// The statement that was refused, if any.
    pub refused: Option<Refusal>,
    /// Settings that the script left changed for what runs after it on the same session.
    pub leaked_settings: Vec<LeakedSetting>,
    /// True when it ran outside a transaction of the rehearsal's, committed as it went.
    pub committed: bool,
}

/// A session setting that a script left changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakedSetting {
    /// The setting.
    pub name: String,
    /// Its value when the script began.
    pub before: String,
    /// Its value when the script had ended.
    pub after: String,
}

impl ScriptRun {
    /// Time of all statements together.
    pub fn took(&self) -> Duration {
        self.statements.iter().map(|s| s.took).sum()
    }
}

/// What became of rows over up and down, for one relation that was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsFate {
    /// The relation as people write it.
    pub relation: String,
    /// Its bare name.
    pub name: String,
    /// Rows before the up.
    pub before: usize,
    /// Of these, how many were not there, or not the same, at the end: after the down, or after the up without one.
    pub lost: usize,
    /// Of the lost ones, how many were gone rather than changed.
    pub gone: usize,
    /// Rows at the end that had not been there before the up.
    pub left: usize,
    /// Columns of which values were lost in rows that were still there.
    pub columns: Vec<String>,
    /// True when such a column was itself gone.
    pub columns_gone: bool,
    /// True when these rows were whole after the up, or had been moved elsewhere by it: the down lost them.
    pub lost_by_down: bool,
    /// Rows right after the first up, and after the up that followed the down, when that was tried.
    pub after_up: Option<(usize, usize)>,
}

/// The answer to whether rows survive up and down.
#[derive(Debug, Default)]
pub enum RowsOutcome {
    /// Nothing in the scripts can change rows that were there.
    #[default]
    NotConcerned,
    /// Tried with rows in place.
    Compared {
        /// One entry for each relation that was watched.
        fates: Vec<RowsFate>,
        /// Why the down was not part of it, if there is one and it was not.
        without_down: Option<String>,
    },
    /// A script was refused because rows were there.
    RefusedByRows {
        /// Which statement, and what the server said.
        refusal: Refusal,
        /// The relations that had rows, with the number of rows.
        filled: Vec<(String, usize)>,
        /// True when it was the down that was refused.
        in_down: bool,
    },
    /// Not tried, and why.
    NotTried {
        /// The reason, for people.
        why: String,
    },
}

/// One migration as it was rehearsed.
#[derive(Debug, Default)]
pub struct StepRun {
    /// The up.
    pub up: ScriptRun,
    /// The down, when there is one.
    pub down: Option<ScriptRun>,
    /// The up after the down: what refused it.
    pub reapply_refused: Option<Refusal>,
    /// The catalog before the up.
    pub before: Option<Arc<Catalog>>,
    /// The catalog after the up.
    pub after_up: Option<Arc<Catalog>>,
    /// From before the up to after the down.
    pub down_differences: Vec<Difference>,
    /// From after the up to after up, down, up.
    pub reapply_differences: Vec<Difference>,
    /// True when down and the second up were both tried and ran.
    pub went_there_and_back: bool,
    /// True when that was done in committed transactions rather than in one that was rolled back.
    pub confirmed_by_commit: bool,
    /// What became of rows.
    pub rows: RowsOutcome,
    /// Names that the step's objects took from the date or the time of the run.
    pub time_dependent_names: Vec<String>,
    /// Indexes that the up left invalid.
    pub invalid_indexes: Vec<String>,
}
