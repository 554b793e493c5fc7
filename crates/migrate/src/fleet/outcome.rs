//! What came of a command on many targets.

use std::sync::Arc;
use std::time::Duration;

use crate::runner::{Done, RunError};

/// What came of a command on many targets.
#[derive(Debug)]
pub struct FleetOutcome {
    /// One for each target, in the order in which they were given.
    pub targets: Vec<TargetResult>,
    /// How long all took together.
    pub took: Duration,
}

/// What came of a command on one of many targets.
#[derive(Debug)]
pub struct TargetResult {
    /// The target's name.
    pub target: Arc<str>,
    /// What came of it.
    pub outcome: TargetOutcome,
    /// From the moment a worker took it up; zero when none did.
    pub took: Duration,
}

/// What came of a command on one target.
#[derive(Debug)]
pub enum TargetOutcome {
    /// Everything was done that was to be done.
    Applied(Done),
    /// There was nothing to do.
    UpToDate(Done),
    /// Somebody asked to stop before everything was done; what was done is complete.
    Stopped(Done),
    /// It failed. What had been applied before stays applied.
    Failed(Box<RunError>),
    /// It is not there, or disappeared meanwhile.
    Gone {
        /// What is not there.
        what: Gone,
        /// How that was met.
        error: Box<RunError>,
    },
    /// It was not begun.
    NotTried(NotTried),
}

/// A target that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// The tenant's schema.
    Schema {
        /// Its name.
        schema: String,
        /// The database in which it should be.
        database: String,
    },
    /// The database.
    Database {
        /// Its name.
        database: String,
    },
}

/// Why a target was not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTried {
    /// Somebody asked to stop.
    Interrupted,
    /// As many others had failed as were to be let pass.
    AfterFailures {
        /// How many.
        failed: usize,
    },
    /// Its worker ended before it could say what came of it. The target's history tells.
    Unknown,
}

impl std::fmt::Display for Gone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Schema { schema, database } => write!(f, "there is no schema {schema} in {database}"),
            Self::Database { database } => write!(f, "there is no database {database}"),
        }
    }
}

impl std::fmt::Display for NotTried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Interrupted => f.write_str("not begun: the run was asked to stop"),
            Self::AfterFailures { failed: 1 } => f.write_str("not begun, after a failure on another target"),
            Self::AfterFailures { failed } => {
                write!(f, "not begun, after failures on {failed} other targets")
            }
            Self::Unknown => f.write_str("its outcome is not known: `freehold migrate status` tells"),
        }
    }
}

impl TargetOutcome {
    /// What was done, where something could be done.
    pub fn done(&self) -> Option<&Done> {
        match self {
            Self::Applied(done) | Self::UpToDate(done) | Self::Stopped(done) => Some(done),
            Self::Failed(_) | Self::Gone { .. } | Self::NotTried(_) => None,
        }
    }

    /// Why it failed, where it did.
    pub fn error(&self) -> Option<&RunError> {
        match self {
            Self::Failed(error) | Self::Gone { error, .. } => Some(error),
            _ => None,
        }
    }

    /// True when nothing is left to do.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Applied(_) | Self::UpToDate(_))
    }

    pub(super) fn of(done: Done) -> Self {
        if done.left > 0 {
            Self::Stopped(done)
        } else if done.ran.is_empty() && done.declared == 0 {
            Self::UpToDate(done)
        } else {
            Self::Applied(done)
        }
    }
}

impl FleetOutcome {
    /// The targets that failed or are gone, in order, each with its error.
    pub fn failed(&self) -> impl Iterator<Item = (&TargetResult, &RunError)> {
        self.targets.iter().filter_map(|result| result.outcome.error().map(|error| (result, error)))
    }

    /// True when nothing is left to do on any target.
    pub fn is_complete(&self) -> bool {
        self.targets.iter().all(|result| result.outcome.is_complete())
    }

    /// How many scripts were run on all targets together, as far as they are known: of a target that failed, what was
    /// applied before stands in its history only.
    pub fn scripts(&self) -> usize {
        self.targets.iter().filter_map(|result| result.outcome.done()).map(|done| done.ran.len()).sum()
    }
}
