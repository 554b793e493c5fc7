//! What an execution saw of one statement, as plain values: given by those who ran it.

use freehold_model::{lock::LockMode, name::QualifiedName};

/// A lock on a relation that was there before the script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockTaken {
    /// The relation.
    pub relation: QualifiedName,
    /// The strongest mode that the statement added.
    pub mode: LockMode,
}

/// What an execution saw of one statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Executed {
    /// Locks that it added on relations that were there before the script.
    pub locks: Vec<LockTaken>,
    /// Relations that were there and were written again.
    pub rewrites: Vec<QualifiedName>,
    /// Relations that were there and were read from end to end.
    pub scans: Vec<QualifiedName>,
    /// Relations that were there and over which an index was built.
    pub index_builds: Vec<QualifiedName>,
    /// What the server said made a scan unnecessary.
    pub spared: Vec<String>,
    /// False when it ran outside a transaction and was watched from a second session only: what is not listed may have
    /// happened unseen.
    pub complete: bool,
}
