//! One command on many targets, with bounded parallelism: what fails on one does not stop the others.
//!
//! Every worker has one session that works, and at most one more that looks at what the first waits for. It keeps its
//! session for as long as there are targets in the same database, unless a failure leaves that session in doubt.

mod connect;
mod look;
mod outcome;
mod queue;
mod work;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use look::{LookError, LookOptions, look_many};
pub use outcome::{FleetOutcome, Gone, NotTried, TargetOutcome, TargetResult};

use crate::command::{Command, RunOptions};
use crate::event::Listener;
use crate::prepared::Prepared;
use crate::runner::Halt;
use crate::target::Target;
use work::Shared;

/// How many targets are worked on at once, and when to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetOptions {
    /// How many targets at once; 0 counts as 1.
    pub parallel: usize,
    /// After how many failures no further target is begun; never when absent.
    pub stop_after: Option<usize>,
    /// How long a server may take to answer when a session is opened.
    pub connect_timeout: Duration,
}

impl Default for FleetOptions {
    fn default() -> Self {
        Self { parallel: 8, stop_after: None, connect_timeout: Duration::from_secs(10) }
    }
}

/// Carries out a command on every target. Each begins as soon as a worker is free; the outcome is in the order of the
/// targets. Through [`RunOptions::halt`] it can be asked to stop: targets at work finish their migration (or are
/// cancelled), and no other is begun. The same happens in the background when the future is dropped.
///
/// Needs a tokio runtime: workers are tasks of their own.
pub async fn run_many(
    targets: Vec<Target>,
    prepared: Arc<Prepared>,
    command: Command,
    options: RunOptions,
    fleet: FleetOptions,
    listener: Arc<Listener>,
) -> FleetOutcome {
    let command = Arc::new(command);
    let jobs = targets.into_iter().map(|target| (target, Arc::clone(&command))).collect();
    run_each(jobs, prepared, options, fleet, listener).await
}

/// The same with a command for each target.
pub async fn run_each(
    jobs: Vec<(Target, Arc<Command>)>,
    prepared: Arc<Prepared>,
    options: RunOptions,
    fleet: FleetOptions,
    listener: Arc<Listener>,
) -> FleetOutcome {
    let begun = Instant::now();
    let halt = options.halt.clone();
    let workers = fleet.parallel.clamp(1, jobs.len().max(1));
    let shared = Arc::new(Shared::new(jobs, prepared, options, fleet, listener));
    let mut dropped = WhenDropped(Some(halt));
    let tasks: Vec<_> = (0..workers).map(|_| tokio::spawn(work::work(Arc::clone(&shared)))).collect();
    for task in tasks {
        // A worker that panicked has left its target without an outcome, and the summary says so.
        let _ = task.await;
    }
    dropped.0 = None;
    FleetOutcome { targets: shared.results(), took: begun.elapsed() }
}

/// Whoever lets go of the future does not wait for the outcome: the workers are asked to stop.
struct WhenDropped(Option<Halt>);

impl Drop for WhenDropped {
    fn drop(&mut self) {
        if let Some(halt) = &self.0 {
            halt.after_this();
        }
    }
}

/// The indices of the targets, by database: databases in the order in which they first appear.
fn by_database<'t>(targets: impl Iterator<Item = &'t Target>) -> Vec<Vec<usize>> {
    let mut groups: Vec<(&Target, Vec<usize>)> = Vec::new();
    // What is shown of a connection leaves out the password and settings, so that it only narrows the search.
    let mut alike: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, target) in targets.enumerate() {
        let candidates = alike.entry(target.to.masked()).or_default();
        let same = |at: &&usize| groups.get(**at).is_some_and(|(first, _)| first.to == target.to);
        match candidates.iter().find(same).and_then(|at| groups.get_mut(*at)) {
            Some((_, indices)) => indices.push(index),
            None => {
                candidates.push(groups.len());
                groups.push((target, vec![index]));
            }
        }
    }
    groups.into_iter().map(|(_, indices)| indices).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use freehold_db::ConnectTo;
    use freehold_model::secret::Secret;

    #[test]
    fn targets_are_gathered_by_database_and_a_password_is_a_part_of_it() {
        let to = ConnectTo::from_url("postgres://app:one@h/a").unwrap();
        let targets = [
            Target::schema(to.clone(), "t1", Vec::new()),
            Target::database("b", to.with_database("b")),
            Target::schema(to.clone(), "t2", Vec::new()),
            Target::schema(to.clone().with_password(Secret::new("two".to_owned())), "t3", Vec::new()),
            Target::schema(to.with_setting("geqo", "off"), "t4", Vec::new()),
        ];
        assert_eq!(by_database(targets.iter()), [vec![0, 2], vec![1], vec![3], vec![4]]);
    }
}
