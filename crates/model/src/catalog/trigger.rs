//! Triggers and rewrite rules.

use super::facts::Facts;
use crate::name::QualifiedName;

/// When a trigger or rule fires, by `session_replication_role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TriggerEnabled {
    /// In ordinary sessions.
    #[default]
    Origin,
    /// Never.
    Disabled,
    /// In replicating sessions only.
    Replica,
    /// Always.
    Always,
}

impl TriggerEnabled {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Origin => "yes",
            Self::Disabled => "no",
            Self::Replica => "replica",
            Self::Always => "always",
        }
    }
}

/// A trigger that somebody made; those of foreign keys belong to their constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// In `pg_trigger`; not compared.
    pub oid: u32,
    /// Its name, unquoted.
    pub name: String,
    /// What `pg_get_triggerdef` says.
    pub definition: String,
    /// When it fires.
    pub enabled: TriggerEnabled,
    /// The function that it calls.
    pub function: QualifiedName,
    /// That function's object id; not compared.
    pub function_oid: u32,
    /// Its comment.
    pub comment: Option<String>,
}

impl Trigger {
    pub(super) fn facts(&self) -> Facts {
        Facts::new()
            .long("definition", Some(&self.definition))
            .text("enabled", self.enabled.word())
            .long("comment", self.comment.as_deref())
    }
}

/// A rewrite rule; the one that makes a view a view is the view's definition instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// In `pg_rewrite`; not compared.
    pub oid: u32,
    /// Its name, unquoted.
    pub name: String,
    /// What `pg_get_ruledef` says.
    pub definition: String,
    /// When it applies.
    pub enabled: TriggerEnabled,
    /// Its comment.
    pub comment: Option<String>,
}

impl Rule {
    pub(super) fn facts(&self) -> Facts {
        Facts::new()
            .long("definition", Some(&self.definition))
            .text("enabled", self.enabled.word())
            .long("comment", self.comment.as_deref())
    }
}
