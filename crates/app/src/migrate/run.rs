//! Carrying out what changes targets: `up`, `down`, `goto`, `redo`, `force`, `baseline`, `adopt`.

use std::{fmt, sync::Arc};

use freehold_migrate::{Command, Done, Prepared, RunError, RunOptions, Target};

use super::events::{EventKind, MigrateEvent};

/// Receives events as they happen. Implementations must be quick: they are called between two statements.
pub type Tell = dyn Fn(&MigrateEvent) + Send + Sync;

/// What to do, where, and how.
pub struct Request {
    /// The targets.
    pub targets: Vec<Target>,
    /// What is applied.
    pub prepared: Arc<Prepared>,
    /// What is to be done.
    pub command: Command,
    /// How.
    pub options: RunOptions,
    /// Told what happens.
    pub tell: Arc<Tell>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("targets", &self.targets)
            .field("command", &self.command)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// What became of one target.
#[derive(Debug)]
pub struct TargetOutcome {
    /// The target's name.
    pub target: String,
    /// What was done, or why it was not.
    pub result: Result<Done, RunError>,
}

/// Does it. One target that fails does not stop the others; the outcomes are in the order of the targets.
pub async fn run(request: Request) -> Vec<TargetOutcome> {
    let tell = Arc::clone(&request.tell);
    let listener = move |event: freehold_migrate::Event| {
        tell(&MigrateEvent::now(Some(&event.target), EventKind::from(&event.what)));
    };
    let mut outcomes = Vec::with_capacity(request.targets.len());
    for target in &request.targets {
        let result =
            freehold_migrate::run(target, &request.prepared, &request.command, &request.options, &listener)
                .await;
        if let Err(error @ RunError::Connect(_)) = &result {
            let kind = EventKind::from(&error.event());
            (request.tell)(&MigrateEvent::now(Some(&target.name), kind));
        }
        outcomes.push(TargetOutcome { target: target.name.clone(), result });
    }
    outcomes
}
