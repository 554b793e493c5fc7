//! The kinds of events, and what they hold.

use freehold_migrate::history::Direction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// The target's lock is held, and it is known what is to be done.
    Started {
        /// How many migrations will be run.
        migrations: usize,
    },
    /// Another migrator works on this target. Told again every ten seconds.
    WaitingForMigrator {
        /// Who; absent where that cannot be seen.
        holder: Option<EventHolder>,
        /// For how long already, in milliseconds.
        waited_ms: u64,
    },
    /// A migration is begun.
    Applying {
        /// Which.
        migration: EventMigration,
        /// Its number in this run, from 1.
        number: usize,
        /// Of how many.
        of: usize,
    },
    /// A statement waits for a lock.
    WaitingForLock {
        /// Which migration.
        migration: EventMigration,
        /// Whom it waits for.
        holders: Vec<EventHolder>,
        /// For how long already, in milliseconds.
        waited_ms: u64,
    },
    /// It did not get a lock, or lost to a deadlock: it was rolled back and is tried again.
    Retried {
        /// Which migration.
        migration: EventMigration,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Of how many.
        of: u32,
        /// What the server said.
        reason: String,
        /// The condition, such as `55P03`.
        sqlstate: Option<String>,
        /// The pause before the next attempt, in milliseconds.
        pause_ms: u64,
    },
    /// The connection was lost and is made again.
    Reconnecting {
        /// Which migration was being run.
        migration: Option<EventMigration>,
        /// What was lost.
        reason: String,
    },
    /// A script outside a transaction goes on where it stopped.
    Resumed {
        /// Which migration.
        migration: EventMigration,
        /// How many statements had taken effect.
        done: usize,
        /// Of how many.
        of: usize,
        /// How that is known.
        reason: String,
    },
    /// An invalid index that a killed or failed run had left was dropped.
    IndexDropped {
        /// Which migration had left it.
        migration: EventMigration,
        /// The index, with its schema.
        index: String,
    },
    /// A migration is committed, with its row in the history; `migration.direction` says which way.
    Applied {
        /// Which.
        migration: EventMigration,
        /// How long it took, in milliseconds.
        took_ms: u64,
        /// True when the connection was lost and the outcome was then read from the history.
        found_out: bool,
    },
    /// A row was written without anything being run.
    Declared {
        /// Which.
        migration: EventMigration,
        /// The row's state: `forced`, `baseline` or `adopted`.
        state: String,
    },
    /// Something was not done, and need not be.
    Skipped {
        /// The migration, as people call it.
        migration: String,
        /// Why.
        reason: String,
    },
    /// The target's own state, or the server, stops the run on this target; nothing more is done there.
    Failed {
        /// Which migration, if it was one.
        migration: Option<EventMigration>,
        /// The error and its causes.
        error: String,
        /// The condition, if the server refused.
        sqlstate: Option<String>,
        /// File, line and column of the statement.
        place: Option<String>,
    },
    /// All that was asked is done on this target.
    Finished {
        /// How many migrations were run.
        migrations: usize,
        /// How long it took, in milliseconds.
        took_ms: u64,
    },
    /// The rules of the environment do not allow the command; nothing was run anywhere. One event for each reason.
    Refused {
        /// The rule: `forward-only`, `ticket`, `destructive` or `rehearsal`.
        rule: String,
        /// The reason as a sentence.
        reason: String,
        /// What to do about it.
        help: Option<String>,
        /// File, line and column of what is refused.
        place: Option<String>,
    },
    /// The target was not begun, or is not there.
    NotTried {
        /// Why.
        reason: String,
    },
    /// The last event of a run.
    Summary(RunSummary),
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSummary {
    /// The exit code: 0 done, 1 refused by a rule, 2 failed or interrupted, 3 the outcome could not be found out.
    pub exit_code: u8,
    /// How many targets there are.
    pub targets: usize,
    /// On how many of them something was done, and nothing is left to do.
    pub changed: usize,
    /// On how many there was nothing to do.
    pub up_to_date: usize,
    /// How many migrations were run, on all targets together, as far as they are known.
    pub migrations: usize,
    /// Those on which something is left to do, in the order of the targets.
    pub unfinished: Vec<Unfinished>,
    /// How long all took, in milliseconds.
    pub took_ms: u64,
}

impl RunSummary {
    /// Of a run that could not be begun.
    pub fn not_begun() -> Self {
        Self {
            exit_code: crate::report::Outcome::CouldNotRun.code(),
            targets: 0,
            changed: 0,
            up_to_date: 0,
            migrations: 0,
            unfinished: Vec::new(),
            took_ms: 0,
        }
    }
}

/// A target on which something is left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unfinished {
    /// The target.
    pub target: String,
    /// `failed`, `refused`, `gone`, `stopped` or `not-tried`.
    pub end: String,
    /// Why: the error and its causes.
    pub reason: String,
    /// What to do next.
    pub help: Option<String>,
}

/// A migration and the way it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventMigration {
    /// Its version; `repeatable NAME` for one that has none.
    pub version: String,
    /// Its name.
    pub name: String,
    /// `up` or `down`.
    pub direction: String,
}

/// A session that holds what another one waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventHolder {
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
    /// The beginning of what it runs, or ran last; absent where it may hold a password.
    pub query: Option<String>,
    /// How long its transaction (else its connection) has been open, in milliseconds.
    pub age_ms: Option<u64>,
    /// All of it in one line for people.
    pub shown: String,
}

impl EventMigration {
    /// Version and name for people.
    pub fn label(&self) -> String {
        if self.name.is_empty() || self.version.ends_with(&self.name) {
            self.version.clone()
        } else {
            format!("{} {}", self.version, self.name)
        }
    }

    /// True when it is taken back.
    pub fn goes_down(&self) -> bool {
        self.direction == Direction::Down.word()
    }
}
