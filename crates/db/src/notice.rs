//! What a server says beside its answers: notices, kept in the order in which they came.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use freehold_model::sqlstate::SqlState;

/// How many notices are kept until they are taken; beyond that the oldest are let go.
const KEPT: usize = 16_384;

/// One notice, warning or debug message of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`, whatever language the server's messages are in.
    pub severity: String,
    /// The condition, if the server sent a well-formed code.
    pub sqlstate: Option<SqlState>,
    /// The message itself.
    pub message: String,
    /// A longer explanation.
    pub detail: Option<String>,
    /// A suggestion of what to do.
    pub hint: Option<String>,
    /// Where it arose: the call stack of functions.
    pub context: Option<String>,
}

impl Notice {
    pub(crate) fn from_postgres(raw: &tokio_postgres::error::DbError) -> Self {
        Self {
            severity: crate::error::severity(raw),
            sqlstate: SqlState::parse(raw.code().code()),
            message: raw.message().to_owned(),
            detail: raw.detail().map(str::to_owned),
            hint: raw.hint().map(str::to_owned),
            context: raw.where_().map(str::to_owned),
        }
    }
}

/// The notices of one session that nobody has taken yet; shared with the task that drives the connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<VecDeque<Notice>>>);

impl Notices {
    pub(crate) fn push(&self, notice: Notice) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(notice);
    }

    pub(crate) fn take(&self) -> Vec<Notice> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}
