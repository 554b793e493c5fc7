//! What happens while migrations are applied, for programs: one JSON object a line, as it happens.
//!
//! The types have a version ([`VERSION`]) and a published JSON schema ([`json_schema`]). A field is never removed or
//! given another meaning within a version; new fields and new events may appear.

mod from_runner;
mod kinds;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use kinds::{EventHolder, EventKind, EventMigration, RunSummary, Unfinished};

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

impl MigrateEvent {
    /// What happened now.
    pub fn now(target: Option<&str>, what: EventKind) -> Self {
        let time = format!("{:.3}", jiff::Timestamp::now());
        Self { version: VERSION, time, target: target.map(str::to_owned), what }
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
