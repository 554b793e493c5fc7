//! Row security policies.

use super::facts::Facts;

/// The commands that a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PolicyCommand {
    /// All of them.
    #[default]
    All,
    /// `SELECT`
    Select,
    /// `INSERT`
    Insert,
    /// `UPDATE`
    Update,
    /// `DELETE`
    Delete,
}

impl PolicyCommand {
    /// As written after `FOR`.
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// A policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// In `pg_policy`; not compared.
    pub oid: u32,
    /// Its name, unquoted.
    pub name: String,
    /// The commands that it is for.
    pub command: PolicyCommand,
    /// True with `AS PERMISSIVE`, the default.
    pub permissive: bool,
    /// The roles that it is for, ordered; `public` stands for everybody.
    pub roles: Vec<String>,
    /// The expression of `USING`.
    pub using: Option<String>,
    /// The expression of `WITH CHECK`.
    pub with_check: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

impl Policy {
    pub(super) fn facts(&self) -> Facts {
        Facts::new()
            .text("command", self.command.word())
            .flag("permissive", self.permissive)
            .set("roles", self.roles.clone())
            .long("USING", self.using.as_deref())
            .long("WITH CHECK", self.with_check.as_deref())
            .long("comment", self.comment.as_deref())
    }
}
