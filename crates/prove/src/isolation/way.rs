//! A way: one manner of reaching across the tenant line.

use futures_util::future::BoxFuture;

use super::{error::IsolationError, outcome::Outcome, target::Target, world::World};

/// What a way is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Reading another tenant's rows.
    Read,
    /// Writing them, or writing for another tenant.
    Write,
    /// Referring to them, or finding out by a constraint that they are there.
    Reference,
    /// The context that a session takes a tenant on with: missing, malformed, left over.
    Context,
    /// Past the policies: views, functions, roles, grants, statistics.
    Around,
    /// What a tenant must be able to do with its own rows.
    Live,
    /// What whoever can choose the SQL can do.
    Attacker,
    /// What a pooler carries from one client to the next.
    Pooler,
}

impl Family {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::Write,
        Self::Reference,
        Self::Context,
        Self::Around,
        Self::Live,
        Self::Attacker,
        Self::Pooler,
    ];

    /// One word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Reference => "reference",
            Self::Context => "context",
            Self::Around => "around",
            Self::Live => "live",
            Self::Attacker => "attacker",
            Self::Pooler => "pooler",
        }
    }
}

/// The outcomes of a way on a target: none where the way makes no sense there, several where it goes by several indexes
/// or constraints.
pub type Outcomes<'a> = BoxFuture<'a, Result<Vec<Outcome>, IsolationError>>;

/// One manner of reaching across the tenant line.
pub struct Way {
    /// Family and name, in kebab-case: `read-all`, `write-truncate`.
    pub id: &'static str,
    /// What it is about.
    pub family: Family,
    /// What is tried, as a short phrase: `SELECT of all rows`.
    pub title: &'static str,
    /// Tries it.
    pub run: for<'a> fn(&'a World<'a>, &'a Target) -> Outcomes<'a>,
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

impl Way {
    /// True when its id begins with one of these, or none is given.
    pub fn is_wanted(&self, prefixes: &[String]) -> bool {
        prefixes.is_empty() || prefixes.iter().any(|prefix| self.id.starts_with(prefix.as_str()))
    }
}
