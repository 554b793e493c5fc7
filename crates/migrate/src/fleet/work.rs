//! A worker: takes one target after the other, over a session that it keeps as long as it can be trusted.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::connect::{self, find_gone, told_gone};
use super::outcome::{NotTried, TargetOutcome, TargetResult};
use super::queue::{Queue, Taken};
use super::{FleetOptions, by_database};
use crate::command::{Command, RunOptions};
use crate::event::{Event, Listener, What};
use crate::history::HistoryError;
use crate::prepared::Prepared;
use crate::runner::{Done, Line, RunError, run_on};
use crate::target::Target;

/// After so many targets a session is replaced: a server process remembers every table that it has met.
const TARGETS_PER_SESSION: usize = 200;

/// What all workers share.
pub(super) struct Shared {
    jobs: Vec<(Target, Arc<Command>)>,
    prepared: Arc<Prepared>,
    options: RunOptions,
    fleet: FleetOptions,
    listener: Arc<Listener>,
    queue: Mutex<Queue>,
    outcomes: Mutex<Vec<Option<(TargetOutcome, Duration)>>>,
    failures: AtomicUsize,
}

impl Shared {
    pub(super) fn new(
        jobs: Vec<(Target, Arc<Command>)>,
        prepared: Arc<Prepared>,
        options: RunOptions,
        fleet: FleetOptions,
        listener: Arc<Listener>,
    ) -> Self {
        Self {
            queue: Mutex::new(Queue::new(by_database(jobs.iter().map(|(target, _)| target)))),
            outcomes: Mutex::new(jobs.iter().map(|_| None).collect()),
            failures: AtomicUsize::new(0),
            jobs,
            prepared,
            options,
            fleet,
            listener,
        }
    }

    /// What came of every target, in order. To be asked when all workers have ended.
    pub(super) fn results(&self) -> Vec<TargetResult> {
        let outcomes = std::mem::take(&mut *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner));
        let untouched = self.queue.lock().unwrap_or_else(PoisonError::into_inner).waiting();
        let results = outcomes.into_iter().zip(&self.jobs).enumerate();
        results
            .map(|(index, (outcome, (target, _)))| {
                let missing = || {
                    let why = if untouched.contains(&index) { self.why_not() } else { NotTried::Unknown };
                    (TargetOutcome::NotTried(why), Duration::ZERO)
                };
                let (outcome, took) = outcome.unwrap_or_else(missing);
                TargetResult { target: Arc::from(target.name.as_str()), outcome, took }
            })
            .collect()
    }

    fn why_not(&self) -> NotTried {
        let failed = self.failures.load(Ordering::Relaxed);
        if self.enough_failed() {
            NotTried::AfterFailures { failed }
        } else if self.options.halt.asked() {
            NotTried::Interrupted
        } else {
            NotTried::Unknown
        }
    }

    fn enough_failed(&self) -> bool {
        self.fleet.stop_after.is_some_and(|limit| self.failures.load(Ordering::Relaxed) >= limit.max(1))
    }

    fn next(&self, database: Option<usize>) -> Option<Taken> {
        if self.options.halt.asked() || self.enough_failed() {
            return None;
        }
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).next(database)
    }

    fn record(&self, target: usize, outcome: TargetOutcome, took: Duration) {
        if outcome.error().is_some() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = outcomes.get_mut(target) {
            *place = Some((outcome, took));
        }
    }
}

/// A session, the number of its database, and how many targets it has served.
struct Kept {
    line: Line,
    database: usize,
    served: usize,
}

/// Works until nothing is left, or somebody asks to stop.
pub(super) async fn work(shared: Arc<Shared>) {
    let mut kept: Option<Kept> = None;
    let mut database = None;
    while let Some(taken) = shared.next(database) {
        database = Some(taken.database);
        let begun = Instant::now();
        let unfit = kept.take_if(|kept| {
            kept.database != taken.database
                || kept.served >= TARGETS_PER_SESSION
                || kept.line.session().is_closed()
        });
        if let Some(unfit) = unfit {
            unfit.line.close().await;
        }
        let outcome = one(&shared, taken, &mut kept).await;
        shared.record(taken.target, outcome, begun.elapsed());
    }
    if let Some(kept) = kept {
        kept.line.close().await;
    }
}

/// Carries out the command on one target, and tells of a failure once.
async fn one(shared: &Shared, taken: Taken, kept: &mut Option<Kept>) -> TargetOutcome {
    let Some((target, command)) = shared.jobs.get(taken.target) else {
        return TargetOutcome::NotTried(NotTried::Unknown);
    };
    let kept_from_before = kept.is_some();
    let mut attempt = attempt(shared, taken, target, command, kept).await;
    // The session had been closed by the server since it was last used: that is no failure of this target.
    if kept_from_before && !attempt.started && matches!(attempt.outcome, Err(RunError::Connect(_))) {
        attempt = self::attempt(shared, taken, target, command, kept).await;
    }
    let error = match attempt.outcome {
        Ok(done) => return TargetOutcome::of(done),
        Err(error) => error,
    };
    (shared.listener)(Event { target: Arc::from(target.name.as_str()), what: error.event() });
    let gone = match told_gone(target, &error) {
        Some(gone) => Some(gone),
        None if leaves_in_doubt(&error) && !matches!(error, RunError::NoAnswer { .. }) => {
            find_gone(target, shared.fleet.connect_timeout).await
        }
        None => None,
    };
    let error = Box::new(error);
    match gone {
        Some(what) => TargetOutcome::Gone { what, error },
        None => TargetOutcome::Failed(error),
    }
}

struct Attempt {
    outcome: Result<Done, RunError>,
    /// True when the target's lock was held and its plan made.
    started: bool,
}

async fn attempt(
    shared: &Shared,
    taken: Taken,
    target: &Target,
    command: &Command,
    kept: &mut Option<Kept>,
) -> Attempt {
    let FleetOptions { connect_timeout, .. } = shared.fleet;
    let RunOptions { reconnect, halt, .. } = &shared.options;
    let mut mine = match kept.take() {
        Some(kept) => kept,
        None => match connect::line(&target.to, connect_timeout, *reconnect, halt).await {
            Ok(line) => Kept { line, database: taken.database, served: 0 },
            Err(error) => return Attempt { outcome: Err(error), started: false },
        },
    };
    let started = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&started);
    let listener = Arc::clone(&shared.listener);
    let listen = move |event: Event| match event.what {
        // Told by the worker, who knows whether it is the last word.
        What::Failed { .. } => {}
        what => {
            if matches!(what, What::Started { .. }) {
                heard.store(true, Ordering::Relaxed);
            }
            listener(Event { target: event.target, what });
        }
    };
    let outcome = run_on(&mut mine.line, target, &shared.prepared, command, &shared.options, &listen).await;
    mine.served += 1;
    if outcome.as_ref().err().is_some_and(leaves_in_doubt) {
        mine.line.close().await;
    } else {
        *kept = Some(mine);
    }
    Attempt { outcome, started: started.load(Ordering::Relaxed) }
}

/// False when the failure is known to have left the session as it was.
fn leaves_in_doubt(error: &RunError) -> bool {
    match error {
        RunError::Refused(_) | RunError::Busy { .. } => false,
        RunError::History(error) => matches!(error, HistoryError::Db(_)),
        _ => true,
    }
}
