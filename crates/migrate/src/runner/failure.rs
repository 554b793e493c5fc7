//! What stops an attempt, before it is known what that means.

use freehold_db::DbError;
use freehold_model::sqlstate::SqlState;

use super::error::RunError;

/// What was being done when something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// The statement of that index, sent by itself.
    Statement(usize),
    /// The statement of that index, sent in one text that began with the statement `first`.
    Text {
        /// The first statement of the text.
        first: usize,
        /// The statement that was not carried out.
        index: usize,
    },
    /// The row of the history.
    History,
    /// The transaction's end: deferred constraints are checked there.
    Commit,
}

/// Why an attempt stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The server refused; the transaction was rolled back.
    Refused {
        at: At,
        error: DbError,
        /// How many statements had taken effect for good, where there is no one transaction around all.
        kept: usize,
    },
    /// The session is gone, and with it the knowledge of what happened.
    Lost { error: DbError },
    /// It is known what this means.
    Known(Box<RunError>),
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        Self::Known(Box::new(error))
    }
}

impl Stop {
    pub(super) fn of(at: At, error: DbError, kept: usize) -> Self {
        if error.is_connection_lost() { Self::Lost { error } } else { Self::Refused { at, error, kept } }
    }

    /// True when the same may well succeed a moment later: it waited too long for a lock, was the victim of a deadlock,
    /// or lost to a concurrent transaction.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Refused { error, .. } = self else { return false };
        matches!(
            error.sqlstate(),
            Some(
                SqlState::LOCK_NOT_AVAILABLE | SqlState::DEADLOCK_DETECTED | SqlState::SERIALIZATION_FAILURE
            )
        )
    }
}
