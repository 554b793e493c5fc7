//! What became of each target, and which exit code that is.

use std::{sync::Arc, time::Duration};

use freehold_migrate::{Done, Refusal, RunError, TargetOutcome, TargetResult};

use crate::report::Outcome;

/// What became of one target.
#[derive(Debug)]
pub struct TargetEnd {
    /// The target's name.
    pub target: String,
    /// What became of it.
    pub end: End,
    /// How long it was worked on.
    pub took: Duration,
}

/// What became of a target.
#[derive(Debug)]
pub enum End {
    /// Everything was done that was to be done.
    Changed(Done),
    /// There was nothing to do.
    UpToDate(Done),
    /// Somebody asked to stop before everything was done; what was done is complete.
    Stopped(Done),
    /// It failed. What had been applied before stays applied.
    Failed(Arc<RunError>),
    /// The target is not there, or disappeared meanwhile.
    Gone {
        /// What is not there, as a sentence.
        what: String,
        /// How that was met.
        error: Arc<RunError>,
    },
    /// It was not begun; why, as a clause.
    NotTried(String),
}

impl From<TargetResult> for TargetEnd {
    fn from(result: TargetResult) -> Self {
        let end = match result.outcome {
            TargetOutcome::Applied(done) => End::Changed(done),
            TargetOutcome::UpToDate(done) => End::UpToDate(done),
            TargetOutcome::Stopped(done) => End::Stopped(done),
            TargetOutcome::Failed(error) => End::Failed(Arc::from(error)),
            TargetOutcome::Gone { what, error } => {
                End::Gone { what: what.to_string(), error: Arc::from(error) }
            }
            TargetOutcome::NotTried(why) => End::NotTried(why.to_string()),
        };
        Self { target: result.target.to_string(), end, took: result.took }
    }
}

impl TargetEnd {
    /// A target on which nothing could be begun.
    pub(super) fn failed(target: &str, error: Arc<RunError>) -> Self {
        Self { target: target.to_owned(), end: End::Failed(error), took: Duration::ZERO }
    }
}

impl End {
    /// The error that stopped it, if one did.
    pub fn error(&self) -> Option<&RunError> {
        match self {
            Self::Failed(error) | Self::Gone { error, .. } => Some(error),
            _ => None,
        }
    }

    /// What was done, where that is known.
    pub fn done(&self) -> Option<&Done> {
        match self {
            Self::Changed(done) | Self::UpToDate(done) | Self::Stopped(done) => Some(done),
            _ => None,
        }
    }

    /// As an exit code.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Changed(_) | Self::UpToDate(_) => Outcome::Clean,
            Self::Failed(error) => kind_of(error),
            Self::Stopped(_) | Self::Gone { .. } | Self::NotTried(_) => Outcome::CouldNotRun,
        }
    }

    /// One word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Changed(_) => "changed",
            Self::UpToDate(_) => "up-to-date",
            Self::Stopped(_) => "stopped",
            Self::Failed(error) if kind_of(error) == Outcome::Findings => "refused",
            Self::Failed(_) => "failed",
            Self::Gone { .. } => "gone",
            Self::NotTried(_) => "not-tried",
        }
    }
}

/// Whether an error says that something was found (the folder and the history do not fit), that an outcome could not be
/// found out, or that something failed.
pub fn kind_of(error: &RunError) -> Outcome {
    match error {
        RunError::Refused(refusal) => match **refusal {
            Refusal::Edited(_)
            | Refusal::FilesGone { .. }
            | Refusal::OutOfOrder { .. }
            | Refusal::HalfApplied { .. }
            | Refusal::HalfReverted { .. }
            | Refusal::BehindBaseline { .. }
            | Refusal::CodeMigrations { .. } => Outcome::Findings,
            _ => Outcome::CouldNotRun,
        },
        RunError::EditedPart { .. } => Outcome::Findings,
        RunError::Uncertain { .. } | RunError::OutcomeUnknown { .. } => Outcome::NotVerified,
        _ => Outcome::CouldNotRun,
    }
}
