//! Statements and transaction blocks.

/// Whether a statement can run in a transaction block (`BEGIN ... COMMIT`, or several statements in one message).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InTransaction {
    /// It can.
    Allowed,
    /// It never can.
    Forbidden {
        /// Which form is forbidden, such as "CREATE INDEX CONCURRENTLY cannot run inside a transaction block".
        why: String,
    },
    /// It can from this major version of the server on.
    ForbiddenBefore {
        /// The first major version that allows it.
        major: u32,
        /// What is forbidden before.
        why: String,
    },
    /// Only the server can tell: it depends on what the object is (`REINDEX TABLE` of a partitioned table), or on a
    /// routine's body (`CALL` of a procedure that commits).
    Depends {
        /// On what.
        why: String,
    },
    /// It can, but what it makes cannot be used before the transaction ends (a new value of an enum).
    AllowedButUnusable {
        /// What cannot be used.
        why: String,
    },
}

impl InTransaction {
    /// True when a server of this major version certainly refuses it in a transaction block.
    pub fn is_forbidden(&self, major: u32) -> bool {
        match self {
            Self::Forbidden { .. } => true,
            Self::ForbiddenBefore { major: first, .. } => major < *first,
            Self::Allowed | Self::Depends { .. } | Self::AllowedButUnusable { .. } => false,
        }
    }

    /// The reason, when there is something to say.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Allowed => None,
            Self::Forbidden { why }
            | Self::ForbiddenBefore { why, .. }
            | Self::Depends { why }
            | Self::AllowedButUnusable { why } => Some(why),
        }
    }
}

/// Begins, ends or marks a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionControl {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit {
        /// `AND CHAIN`: a new transaction begins at once.
        chain: bool,
    },
    /// `ROLLBACK`, `ABORT`.
    Rollback {
        /// `AND CHAIN`: a new transaction begins at once.
        chain: bool,
    },
    /// `SAVEPOINT name`.
    Savepoint(String),
    /// `RELEASE name`.
    Release(String),
    /// `ROLLBACK TO name`.
    RollbackTo(String),
    /// `PREPARE TRANSACTION 'id'`.
    PrepareTransaction(String),
    /// `COMMIT PREPARED 'id'`.
    CommitPrepared(String),
    /// `ROLLBACK PREPARED 'id'`.
    RollbackPrepared(String),
}

impl TransactionControl {
    /// True for what makes the transaction that is open end.
    pub fn ends_transaction(&self) -> bool {
        matches!(self, Self::Commit { .. } | Self::Rollback { .. } | Self::PrepareTransaction(_))
    }
}
