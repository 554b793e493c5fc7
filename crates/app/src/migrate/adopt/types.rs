//! What would be taken over, as values for people and for programs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::migrate::status::Trouble;

/// What would be taken over on every target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdoptReport {
    /// The version of this shape: 1.
    pub version: u32,
    /// The targets, in the order in which they were named.
    pub targets: Vec<AdoptTarget>,
}

/// What would be taken over on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdoptTarget {
    /// The target.
    pub target: String,
    /// Why there is nothing to tell.
    pub trouble: Option<Trouble>,
    /// The tool whose history was found.
    pub tool: Option<String>,
    /// Its table.
    pub table: Option<String>,
    /// What it has applied, in the order of application.
    pub applied: Vec<AdoptedMigration>,
    /// What it has not, in the order of the folder.
    pub pending: Vec<String>,
    /// Of which the table does not say what they are.
    pub undecided: Vec<String>,
    /// What a person has to decide first; with any, nothing is taken over.
    pub obstacles: Vec<Trouble>,
    /// What is worth knowing, as sentences.
    pub remarks: Vec<String>,
}

/// A migration that the other tool has applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdoptedMigration {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// When, where the tool keeps that.
    pub applied_at: Option<String>,
}

impl AdoptTarget {
    /// A target of which there is nothing to tell.
    pub(super) fn troubled(target: &str, trouble: Trouble) -> Self {
        Self {
            target: target.to_owned(),
            trouble: Some(trouble),
            tool: None,
            table: None,
            applied: Vec::new(),
            pending: Vec::new(),
            undecided: Vec::new(),
            obstacles: Vec::new(),
            remarks: Vec::new(),
        }
    }
}
