//! Telling of migrations only when they are safe, without waiting for the disk after each.
//!
//! While several migrations are run one after the other, their commits do not wait until they are written to disk
//! (`synchronous_commit = off`: PostgreSQL manual, 30.4 "Asynchronous Commit"; a crash may lose the last of them, never
//! one in the middle, and a migration is lost together with its row). Every tenth of a second, before a script that
//! cannot be in a transaction, and at the end, one commit is waited for, which makes all before it safe as well. Only
//! then are they told as applied. Should the server crash before, what it lost is read from the history and run again.

use std::time::{Duration, Instant};

use freehold_db::DbError;
use freehold_sql::Course;

use super::Run;
use super::error::RunError;
use crate::event::{StepName, What};
use crate::history::read;
use crate::prepared::ReadyScript;

/// How long what is committed waits to be told.
const PAUSE: Duration = Duration::from_millis(100);

/// A commit of the session's own kind. Only a transaction that has written is waited for, so that it writes a message
/// into the log, which nothing reads.
const FLUSH: &str = "BEGIN; SET LOCAL synchronous_commit TO DEFAULT; \
                     SELECT pg_catalog.pg_logical_emit_message(true, 'freehold', ''); COMMIT";

/// What was committed and is not known to be safe.
#[derive(Debug)]
pub(super) struct Untold {
    /// Its place in the plan.
    pub(super) at: usize,
    /// Which.
    pub(super) step: StepName,
    /// The checksum of its script.
    pub(super) checksum: String,
    /// How long it took.
    pub(super) took: Duration,
    /// True when the outcome was read from the history.
    pub(super) found_out: bool,
}

/// The commits of one run.
#[derive(Debug)]
pub(super) struct Untolds {
    list: Vec<Untold>,
    since: Instant,
}

impl Default for Untolds {
    fn default() -> Self {
        Self { list: Vec::new(), since: Instant::now() }
    }
}

impl Run<'_> {
    /// Lets the commits of a script be quick when more are to come. Those of one that cannot be in a transaction never
    /// are: what it does outside of the log, a crash does not take back.
    pub(super) async fn pace(&mut self, script: &ReadyScript) -> Result<(), RunError> {
        let major = self.line.session().version().major();
        let whole = matches!(script.course(major), Course::OneTransaction { .. });
        if !whole {
            self.make_safe().await?;
        }
        self.line.set_quick(whole && self.several).await.map_err(RunError::Connect)
    }

    /// Keeps what was committed until it is safe; makes it so when it has waited long enough.
    pub(super) async fn committed(&mut self, untold: Untold) -> Result<(), RunError> {
        if self.untold.list.is_empty() {
            self.untold.since = Instant::now();
        }
        let long = untold.took >= PAUSE;
        self.untold.list.push(untold);
        if long || self.untold.since.elapsed() >= PAUSE { self.make_safe().await } else { Ok(()) }
    }

    /// Makes safe what was committed, and tells of it.
    pub(super) async fn make_safe(&mut self) -> Result<(), RunError> {
        if self.untold.list.is_empty() {
            return Ok(());
        }
        let flushed = self.line.session().client().batch_execute(FLUSH).await;
        match flushed
            .map_err(|error| DbError::from_postgres("waiting until what was committed is safe", error))
        {
            Ok(()) => {
                self.tell_all();
                Ok(())
            }
            Err(error) => Err(RunError::Connect(error)),
        }
    }

    fn tell_all(&mut self) {
        for Untold { step, took, found_out, .. } in std::mem::take(&mut self.untold.list) {
            self.tell(What::Applied { step, took, found_out });
        }
    }

    /// After the connection was lost: what of the untold is in the history is told; the place in the plan of the first
    /// that is not, because the server crashed before it was written.
    pub(super) async fn lost_again(&mut self) -> Result<Option<usize>, RunError> {
        if self.untold.list.is_empty() {
            return Ok(None);
        }
        let history = read::rows(self.line.session(), &self.target.history).await?;
        let latest = history.latest();
        let is_there = |untold: &Untold| {
            latest.get(untold.step.version.as_str()).is_some_and(|row| {
                row.checksum == untold.checksum
                    && row.direction == untold.step.direction
                    && row.state.is_done()
            })
        };
        // A crash takes the last ones, so that everything before the first one that is missing is there.
        let there = self.untold.list.iter().take_while(|untold| is_there(untold)).count();
        let missing = self.untold.list.split_off(there);
        // What the new session reads was either safe before or is so since the server recovered.
        self.tell_all();
        Ok(missing.first().map(|untold| untold.at))
    }
}
