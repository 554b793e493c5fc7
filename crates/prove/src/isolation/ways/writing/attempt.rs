//! One attempt to write: a trial, and what came of it by the truth.

use super::{changes::Changes, subject::Subject};
use crate::isolation::{
    error::IsolationError,
    trial::{Refused, Who},
};

/// What is attempted.
#[derive(Debug, Clone, Default)]
pub(in crate::isolation::ways) struct Attempt {
    /// What the superuser does before.
    pub(in crate::isolation::ways) prepare: Vec<String>,
    /// The rows that are gone by that: relation, and place in its truth.
    pub(in crate::isolation::ways) removed: Vec<(u32, usize)>,
    /// The statement.
    pub(in crate::isolation::ways) sql: String,
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub(in crate::isolation::ways) enum Came {
    /// It went through: so many rows by the command's tag, and what became of the rows of others.
    Through(u64, Changes),
    /// The server refused it.
    Refused(Refused),
    /// It was not run: what was prepared, or the context, was refused.
    Stopped(Refused),
}

impl Subject<'_> {
    /// Attempts something as `who`. The SQL that was run, and what came of it.
    pub(in crate::isolation::ways) async fn attempt(
        &self,
        who: Who,
        attempt: &Attempt,
    ) -> Result<(String, Came), IsolationError> {
        let mut trial = self.world.trial(who);
        for sql in &attempt.prepare {
            trial = trial.prepare(sql.as_str());
        }
        trial = trial.run(attempt.sql.as_str());
        if self.deferred {
            trial = trial.run("SET CONSTRAINTS ALL IMMEDIATE");
        }
        for sql in self.looks() {
            trial = trial.look(sql);
        }
        let seen = trial.go().await?;
        let came = if let Some(stopped) = &seen.stopped {
            Came::Stopped(stopped.clone())
        } else if let Some(refused) = seen.refused() {
            Came::Refused(refused.clone())
        } else {
            let affected =
                seen.runs.first().and_then(|run| run.as_ref().ok()).map_or(0, |answer| answer.affected);
            Came::Through(affected, self.changes(&seen.looks, &attempt.removed))
        };
        Ok((seen.sql, came))
    }
}
