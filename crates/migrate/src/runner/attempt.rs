//! Tries one script until it is done, refused for good, or out of attempts.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use freehold_db::Canceller;
use freehold_sql::Course;
use futures_util::future::{self, Either};

use super::durable::Untold;
use super::error::RunError;
use super::failure::Stop;
use super::halt::{Halt, Halting};
use super::recover::Recovered;
use super::watch::{Seen, watching};
use super::{Run, apart, recover, turn, whole};
use crate::event::{StepName, What};
use crate::history::write::NewRow;
use crate::history::{Direction, State};
use crate::plan::{PlanStep, Unfinished};
use crate::prepared::ReadyScript;

/// How often a connection that is lost while one script runs is made again.
const RECONNECTS: u32 = 3;
/// How soon after a request to cancel the next one is sent, while something still runs.
const CANCEL_AGAIN: Duration = Duration::from_millis(200);

/// Pauses that double from `first` to `longest`, each with a random part so that two who wait do not keep step.
pub(super) fn pauses(first: Duration, longest: Duration, times: usize) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_max_times(times)
        .with_jitter()
        .build()
}

/// Cancels what runs, again and again once somebody asks for it: a request that comes between two statements is lost.
async fn cancelling(halt: &Halt, canceller: Canceller) -> Infallible {
    halt.until(Halting::Now).await;
    loop {
        // When the server cannot be reached for it, the next round tries again.
        let _ = canceller.cancel().await;
        tokio::time::sleep(CANCEL_AGAIN).await;
    }
}

impl Run<'_> {
    /// Runs one script of the plan, at that place in it, to its end; `again` after a crash has taken it. Gives the place in the plan of an earlier one that has to be run again
    /// first, where a crash of the server took it.
    pub(super) async fn apply(
        &mut self,
        (at, again): (usize, bool),
        step: &PlanStep,
        name: &StepName,
    ) -> Result<Option<usize>, RunError> {
        let prepared = self.prepared;
        let found = match step.direction {
            Direction::Up => prepared.up(step.migration),
            Direction::Down => prepared.down(step.migration),
        };
        let Some(script) = found else { return Ok(None) };
        let script = script.map_err(|source| RunError::Unreadable { label: name.version.clone(), source })?;
        self.pace(script).await?;
        let begun = Instant::now();
        // What is run again after a crash may have left its row.
        let mut resumes = if again { recover::unfinished(self, name).await? } else { step.resumes.clone() };
        let mut attempt = 1;
        let mut reconnects = 0;
        let mut pauses = pauses(Duration::from_millis(200), Duration::from_secs(10), usize::MAX);
        loop {
            let (outcome, seen) = self.attempt(script, step, name, resumes.as_ref()).await;
            let found_out = match outcome {
                Ok(()) => false,
                Err(Stop::Known(error)) => return Err(*error),
                Err(Stop::Lost { error }) => {
                    reconnects += 1;
                    match recover::find_out(self, script, name, error, reconnects < RECONNECTS).await? {
                        Recovered::Before(first) => return Ok(Some(first)),
                        Recovered::Done => true,
                        Recovered::NotYet(unfinished) => {
                            resumes = unfinished;
                            continue;
                        }
                    }
                }
                Err(stop) => {
                    let pause = pauses.next().unwrap_or_default();
                    self.refused(script, name, stop, (attempt, pause), seen).await?;
                    resumes = recover::unfinished(self, name).await?;
                    attempt += 1;
                    continue;
                }
            };
            let checksum = script.source().checksum.clone();
            let took = begun.elapsed();
            self.committed(Untold { at, step: name.clone(), checksum, took, found_out }).await?;
            self.leave(script).await?;
            return Ok(None);
        }
    }

    /// One attempt, while somebody looks at whom it waits for.
    async fn attempt(
        &self,
        script: &ReadyScript,
        step: &PlanStep,
        name: &StepName,
        resumes: Option<&Unfinished>,
    ) -> (Result<(), Stop>, Seen) {
        let row = self.new_row(script, step, name);
        let work = async {
            match script.course(self.line.session().version().major()) {
                Course::OneTransaction { first, last } if resumes.is_none() => {
                    whole::run(self, script, (first, last), &row).await
                }
                course => {
                    let opened = matches!(course, Course::Separately { opened: true });
                    apart::run(self, script, name, &row, resumes, opened).await
                }
            }
        };
        let tell = |blockers: &[crate::event::Holder], waited| {
            self.tell(What::WaitingForLock { step: name.clone(), blockers: blockers.to_vec(), waited });
        };
        let cancel = cancelling(&self.options.halt, self.line.session().canceller());
        let watched = watching(work, self.line, self.options.lock_timeout, tell);
        match future::select(std::pin::pin!(watched), std::pin::pin!(cancel)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right((never, _)) => match never {},
        }
    }

    /// Waits, but not longer than until somebody asks to stop.
    pub(super) async fn pause(&self, pause: Duration) {
        let _ = tokio::time::timeout(pause, self.options.halt.until(Halting::AfterThis)).await;
    }

    fn new_row<'a>(&'a self, script: &'a ReadyScript, step: &PlanStep, name: &'a StepName) -> NewRow<'a> {
        NewRow {
            version: &name.version,
            name: &name.name,
            checksum: &script.source().checksum,
            direction: step.direction,
            state: State::Applied,
            ticket: self.options.ticket.as_deref(),
            asked_by: self.options.asked_by.as_deref(),
            out_of_order: step.out_of_order,
            script: Some(script.source().text()),
            source: None,
            applied_at: None,
            statements: None,
            timed: true,
        }
    }

    /// The server refused. Returns when it is worth another attempt, after the pause.
    async fn refused(
        &self,
        script: &ReadyScript,
        name: &StepName,
        stop: Stop,
        (attempt, pause): (u32, Duration),
        seen: Seen,
    ) -> Result<(), RunError> {
        // Whatever the script left open; without it the row could not be written.
        self.forget_row();
        self.line.abandon().await.map_err(RunError::Connect)?;
        let may_pass = stop.may_pass() && attempt < self.options.attempts && !self.options.halt.asked();
        let Stop::Refused { at, error, kept } = stop else { return Ok(()) };
        let recorded = recover::record_failure(self, script, name, at, &error, kept).await?;
        if may_pass {
            self.tell(What::Retried {
                step: name.clone(),
                attempt,
                of: self.options.attempts,
                why: recover::words(&error),
                sqlstate: error.sqlstate(),
                pause,
            });
            self.pause(pause).await;
            if !self.options.halt.asked() {
                return Ok(());
            }
        }
        let kept = recorded.then_some(kept);
        Err(RunError::script(script, name, (at, kept), error, seen, attempt))
    }

    /// Makes the session fit for the next script.
    async fn leave(&self, script: &ReadyScript) -> Result<(), RunError> {
        if !script.changes_session() {
            return Ok(());
        }
        self.forget_row();
        self.line.clean().await.map_err(RunError::Connect)?;
        if turn::is_held(self).await? { Ok(()) } else { turn::take(self).await }
    }
}
