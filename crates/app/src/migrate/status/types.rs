//! Where targets stand, as values for people and for programs.

use freehold_migrate::RunError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::migrate::{next_step, run::with_causes};

/// Where all targets stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// The version of this shape: 1.
    pub version: u32,
    /// How many migrations the folder has.
    pub folder: usize,
    /// The newest version in the folder.
    pub newest: Option<String>,
    /// Files of the folder that are no SQL and are not applied by Freehold.
    pub skipped: Vec<String>,
    /// The targets, in the order in which they were named.
    pub targets: Vec<TargetStatus>,
}

/// Where one target stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetStatus {
    /// The target.
    pub target: String,
    /// Why it could not be looked at; then all else is empty.
    pub trouble: Option<Trouble>,
    /// True when it has a history. Without one, everything is pending.
    pub has_history: bool,
    /// The version that is the last one applied; absent when nothing is.
    pub at: Option<String>,
    /// How many migrations stand how.
    pub counts: StatusCounts,
    /// The migrations, in the order of the folder, then those that are applied and have no file. Of several targets, only
    /// those that are not simply applied, unless more was asked for.
    pub migrations: Vec<MigrationStatus>,
}

/// Why a target could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trouble {
    /// The error and its causes.
    pub error: String,
    /// What to do next.
    pub help: Option<String>,
}

/// How many migrations stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusCounts {
    /// Applied.
    pub applied: usize,
    /// Pending, half-applied ones included.
    pub pending: usize,
    /// Applied and then edited, other than in line ends, white space or comments.
    pub edited: usize,
    /// Applied, without a file.
    pub missing: usize,
    /// Stopped in the middle.
    pub unfinished: usize,
    /// Pending although a later one is applied.
    pub late: usize,
}

/// Where one migration stands on one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MigrationStatus {
    /// Its version; `repeatable NAME` for one that has none.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Its file, as seen from the project; absent when it has none.
    pub file: Option<String>,
    /// Where it stands.
    pub standing: Standing,
    /// True when it is pending although a later one is applied.
    pub late: bool,
    /// How its file was changed after it was applied.
    pub edited: Option<EditedStatus>,
    /// The state of its row: `applied`, `forced`, `baseline`, `adopted`, `running` or `failed`.
    pub state: Option<String>,
    /// When, by the server's clock, in UTC.
    pub applied_at: Option<String>,
    /// The role, and who asked for it.
    pub applied_by: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// The ticket that asked for it.
    pub ticket: Option<String>,
    /// True when a later one had been applied before it.
    pub out_of_order: bool,
    /// The tool that it was adopted from.
    pub source: Option<String>,
    /// For one that stopped in the middle: how many statements took effect.
    pub statement: Option<i32>,
    /// Of how many.
    pub statements: Option<i32>,
    /// What the server said.
    pub error: Option<String>,
}

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is applied.
    Applied,
    /// It is not.
    Pending,
    /// Its up stopped in the middle.
    HalfApplied,
    /// Its down stopped in the middle.
    HalfReverted,
    /// It is applied, and the folder has no such file.
    Missing,
    /// It is applied, and a script in the folder stands for it.
    Squashed,
}

impl Standing {
    /// As people and programs read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::HalfApplied => "half-applied",
            Self::HalfReverted => "half-reverted",
            Self::Missing => "missing",
            Self::Squashed => "squashed",
        }
    }
}

/// How a file was changed after it was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditedStatus {
    /// What changed, as a clause.
    pub what: String,
    /// False when it is known that nothing but line ends, white space or comments changed.
    pub changes_code: bool,
    /// The change as a unified diff, where what was applied was kept.
    pub diff: Option<String>,
}

impl TargetStatus {
    /// A target that could not be looked at.
    pub(super) fn unreachable(target: &str, error: &RunError) -> Self {
        Self {
            target: target.to_owned(),
            trouble: Some(Trouble { error: with_causes(error), help: next_step(error) }),
            has_history: false,
            at: None,
            counts: StatusCounts::default(),
            migrations: Vec::new(),
        }
    }

    /// True when nothing is pending and everything fits.
    pub fn is_up_to_date(&self) -> bool {
        let StatusCounts { applied: _, pending, edited, missing, unfinished, late } = self.counts;
        self.trouble.is_none() && pending + edited + missing + unfinished + late == 0
    }
}

impl MigrationStatus {
    /// True when there is nothing to say of it but that it is applied.
    pub fn is_plain(&self) -> bool {
        matches!(self.standing, Standing::Applied | Standing::Squashed) && self.edited.is_none()
    }

    /// Version and name for people.
    pub fn label(&self) -> String {
        if self.name.is_empty() || self.version.ends_with(&self.name) {
            self.version.clone()
        } else {
            format!("{} {}", self.version, self.name)
        }
    }
}
