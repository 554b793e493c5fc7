//! What a runner is asked to do, and how.

use std::time::Duration;

use crate::runner::Halt;

/// What is to be done with a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Apply what is pending, or only the next so many.
    Up {
        /// How many; all when absent.
        count: Option<usize>,
    },
    /// Take back the last so many, in the reverse order of their application.
    Down {
        /// How many; all when absent.
        count: Option<usize>,
    },
    /// Apply or take back until this version is the last one applied.
    Goto {
        /// The version.
        version: String,
    },
    /// Take back the last one and apply it again.
    Redo,
    /// Declare, without running anything, that everything up to this version is applied and nothing after it.
    Force {
        /// The version.
        version: String,
    },
    /// Declare on a target without history that everything up to this version is there already.
    Baseline {
        /// The version.
        version: String,
    },
    /// Take over what another tool has applied.
    Adopt {
        /// What it has applied, in the order of application.
        entries: Vec<TakenOver>,
    },
}

/// A migration that another tool has applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    /// The migration's key, see `Migration::key`.
    pub version: String,
    /// When, where the tool kept it.
    pub applied_at: Option<jiff::Timestamp>,
    /// The tool.
    pub tool: &'static str,
}

/// What is let pass that would otherwise be refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allow {
    /// Applying a migration although a later one is applied.
    pub out_of_order: bool,
    /// Applied migrations whose files are gone.
    pub missing: bool,
    /// Going on past migrations that are no SQL and that somebody else applies.
    pub code: bool,
}

/// What is known of a statement of which the history cannot tell whether it took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncertain {
    /// It did: go on after it.
    TookEffect,
    /// It did not: run it again.
    DidNot,
}

/// How a command is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOptions {
    /// How long a statement waits for a lock before it gives up its place in the queue.
    pub lock_timeout: Duration,
    /// How long a statement in a transaction may take; no limit when absent.
    pub statement_timeout: Option<Duration>,
    /// How often a migration is tried when it does not get a lock, or loses to a deadlock.
    pub attempts: u32,
    /// How long to wait for another migrator of the same target.
    pub wait: Duration,
    /// How long to try to get a lost connection back.
    pub reconnect: Duration,
    /// The ticket that asked for the change.
    pub ticket: Option<String>,
    /// Who asked for it, beside the role.
    pub asked_by: Option<String>,
    /// What is let pass.
    pub allow: Allow,
    /// What a person found out about a statement that was in flight when a run died.
    pub uncertain: Option<Uncertain>,
    /// Through which the run can be asked to stop.
    pub halt: Halt,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(3),
            statement_timeout: None,
            attempts: 10,
            wait: Duration::from_secs(300),
            reconnect: Duration::from_secs(30),
            ticket: None,
            asked_by: None,
            allow: Allow::default(),
            uncertain: None,
            halt: Halt::default(),
        }
    }
}
