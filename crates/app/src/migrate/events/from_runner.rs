//! From what the runner tells to what programs read.

use freehold_migrate::{
    What,
    event::{Holder, StepName},
};

use super::{EventHolder, EventKind, EventMigration, whole_ms};

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
