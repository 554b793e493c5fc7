//! What a runner tells while it works.

use std::sync::Arc;
use std::time::Duration;

use freehold_model::sqlstate::SqlState;

use crate::history::Direction;

/// Receives events. Implementations must be quick: they are called between two statements.
pub type Listener = dyn Fn(Event) + Send + Sync;

/// Something that happened on a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The target's name.
    pub target: Arc<str>,
    /// What happened.
    pub what: What,
}

/// A migration and the way it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepName {
    /// The migration's key.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Up or down.
    pub direction: Direction,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The target's lock is held and the plan is made.
    Started {
        /// How many migrations will be run.
        steps: usize,
    },
    /// Another migrator works on this target.
    WaitingForMigrator {
        /// Who.
        holder: Option<Holder>,
        /// For how long already.
        waited: Duration,
    },
    /// A migration is begun.
    Applying {
        /// Which.
        step: StepName,
        /// Its number in this run, from 1.
        number: usize,
        /// Of how many.
        of: usize,
    },
    /// A statement waits for a lock.
    WaitingForLock {
        /// Which migration.
        step: StepName,
        /// Whom it waits for.
        blockers: Vec<Holder>,
        /// For how long already.
        waited: Duration,
    },
    /// It did not get a lock, or lost to a deadlock: it was rolled back and is tried again.
    Retried {
        /// Which migration.
        step: StepName,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Of how many.
        of: u32,
        /// What the server said.
        why: String,
        /// The condition.
        sqlstate: Option<SqlState>,
        /// The pause before the next attempt.
        pause: Duration,
    },
    /// The connection was lost and is made again.
    Reconnecting {
        /// Which migration was being run.
        step: Option<StepName>,
        /// What was lost.
        why: String,
    },
    /// A script outside a transaction goes on where it stopped.
    Resumed {
        /// Which migration.
        step: StepName,
        /// How many statements had taken effect.
        done: usize,
        /// Of how many.
        of: usize,
        /// How that is known.
        because: String,
    },
    /// An invalid index that a killed or failed run left was dropped.
    IndexDropped {
        /// Which migration left it.
        step: StepName,
        /// The index, with its schema.
        index: String,
    },
    /// A migration is committed, with its row in the history.
    Applied {
        /// Which.
        step: StepName,
        /// How long it took.
        took: Duration,
        /// True when the connection was lost and the outcome was then read from the history.
        found_out: bool,
    },
    /// A migration was declared without being run.
    Declared {
        /// Which.
        step: StepName,
        /// The row's state.
        state: crate::history::State,
    },
    /// Something was not done, and need not be.
    Skipped {
        /// The migration, as people call it.
        label: String,
        /// Why.
        why: String,
    },
    /// A migration failed; nothing more is run on this target.
    Failed {
        /// Which, if it was one.
        step: Option<StepName>,
        /// The error and its causes.
        error: String,
        /// The condition, if the server refused.
        sqlstate: Option<SqlState>,
        /// File, line and column of the statement.
        place: Option<String>,
    },
    /// All that was asked is done.
    Finished {
        /// How many migrations were run.
        steps: usize,
        /// How long it took.
        took: Duration,
    },
}

/// A session that holds what another one waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process id of its server process.
    pub pid: i32,
    /// Its role.
    pub role: Option<String>,
    /// The name that its program gave.
    pub application: Option<String>,
    /// Where it is connected from.
    pub client: Option<String>,
    /// `active`, `idle in transaction` and so on.
    pub state: Option<String>,
    /// What it runs, or ran last.
    pub query: Option<String>,
    /// How long its transaction (else its connection) has been open.
    pub age: Option<Duration>,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "pid {}", self.pid)?;
        let mut details = Vec::new();
        if let Some(application) = self.application.as_deref().filter(|a| !a.is_empty()) {
            details.push(application.to_owned());
        }
        if let Some(role) = &self.role {
            details.push(format!("role {role}"));
        }
        if let Some(client) = &self.client {
            details.push(format!("from {client}"));
        }
        if let Some(state) = &self.state {
            let age = self.age.map(|age| format!(" for {}", shown(age))).unwrap_or_default();
            details.push(format!("{state}{age}"));
        }
        if !details.is_empty() {
            write!(f, " ({})", details.join(", "))?;
        }
        // What somebody else runs may carry a password.
        let harmless =
            |query: &&str| !query.trim().is_empty() && !query.to_ascii_lowercase().contains("password");
        if let Some(query) = self.query.as_deref().filter(harmless) {
            write!(f, ": {}", freehold_sql::headline(query, 100))?;
        }
        Ok(())
    }
}

/// A duration for people: `0.3 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
pub fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
