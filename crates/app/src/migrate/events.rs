//! What happens while migrations are applied, for programs: one JSON object a line, as it happens.
//!
//! The types have a version ([`VERSION`]) and a published JSON schema ([`json_schema`]). A field is never removed or
//! given another meaning within a version; new fields and new events may appear.

use std::time::Duration;

use freehold_migrate::{
    What,
    event::{Holder, StepName},
    history::Direction,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the events' shape.
pub const VERSION: u32 = 1;

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MigrateEvent {
    /// The version of this shape: 1.
    pub version: u32,
    /// When, by this machine's clock, in UTC as RFC 3339 writes it.
    pub time: String,
    /// The target: a database, or a tenant's schema. Absent where it is about the whole run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub what: EventKind,
}

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
    /// Nothing more is done on this target.
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

impl MigrateEvent {
    /// What happened now.
    pub fn now(target: Option<&str>, what: EventKind) -> Self {
        let time = format!("{:.3}", jiff::Timestamp::now());
        Self { version: VERSION, time, target: target.map(str::to_owned), what }
    }

    /// On one line of JSON, without the newline.
    pub fn to_json(&self) -> String {
        // Every field is a string, a number or a list of such: writing them cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<&What> for EventKind {
    fn from(what: &What) -> Self {
        let sqlstate = |state: &Option<freehold_model::sqlstate::SqlState>| state.map(|s| s.to_string());
        match what {
            What::Started { steps } => Self::Started { migrations: *steps },
            What::WaitingForMigrator { holder, waited } => Self::WaitingForMigrator {
                holder: holder.as_ref().map(EventHolder::from),
                waited_ms: whole_ms(*waited),
            },
            What::Applying { step, number, of } => {
                Self::Applying { migration: step.into(), number: *number, of: *of }
            }
            What::WaitingForLock { step, blockers, waited } => Self::WaitingForLock {
                migration: step.into(),
                holders: blockers.iter().map(EventHolder::from).collect(),
                waited_ms: whole_ms(*waited),
            },
            What::Retried { step, attempt, of, why, sqlstate: state, pause } => Self::Retried {
                migration: step.into(),
                attempt: *attempt,
                of: *of,
                reason: why.clone(),
                sqlstate: sqlstate(state),
                pause_ms: whole_ms(*pause),
            },
            What::Reconnecting { step, why } => {
                Self::Reconnecting { migration: step.as_ref().map(Into::into), reason: why.clone() }
            }
            What::Resumed { step, done, of, because } => {
                Self::Resumed { migration: step.into(), done: *done, of: *of, reason: because.clone() }
            }
            What::IndexDropped { step, index } => {
                Self::IndexDropped { migration: step.into(), index: index.clone() }
            }
            What::Applied { step, took, found_out } => {
                Self::Applied { migration: step.into(), took_ms: whole_ms(*took), found_out: *found_out }
            }
            What::Declared { step, state } => {
                Self::Declared { migration: step.into(), state: state.word().to_owned() }
            }
            What::Skipped { label, why } => Self::Skipped { migration: label.clone(), reason: why.clone() },
            What::Failed { step, error, sqlstate: state, place } => Self::Failed {
                migration: step.as_ref().map(Into::into),
                error: error.clone(),
                sqlstate: sqlstate(state),
                place: place.clone(),
            },
            What::Finished { steps, took } => Self::Finished { migrations: *steps, took_ms: whole_ms(*took) },
        }
    }
}

impl From<&StepName> for EventMigration {
    fn from(step: &StepName) -> Self {
        Self {
            version: step.version.clone(),
            name: step.name.clone(),
            direction: step.direction.word().to_owned(),
        }
    }
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

impl From<&Holder> for EventHolder {
    fn from(holder: &Holder) -> Self {
        // What somebody else runs may carry a password.
        let harmless = |query: &&String| !query.to_ascii_lowercase().contains("password");
        Self {
            pid: holder.pid,
            role: holder.role.clone(),
            application: holder.application.clone(),
            client: holder.client.clone(),
            state: holder.state.clone(),
            query: holder.query.as_ref().filter(harmless).map(|query| freehold_sql::headline(query, 200)),
            age_ms: holder.age.map(whole_ms),
            shown: holder.to_string(),
        }
    }
}

pub(super) fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The JSON schema of one line (draft 2020-12), for publishing beside the documentation.
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(MigrateEvent).to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), "One event of `freehold migrate --format json`, version 1".into());
    }
    schema
}
