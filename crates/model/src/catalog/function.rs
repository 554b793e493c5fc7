//! Functions, procedures and aggregates.

use std::cmp::Ordering;

use super::{facts::Facts, grants::Grants, kind::ObjectKind, objects::CatalogObject};
use crate::name::QualifiedName;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum FunctionKind {
    /// An ordinary function.
    #[default]
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
}

/// What a function promises of its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Volatility {
    /// The same for ever.
    Immutable,
    /// The same within one statement.
    Stable,
    /// Nothing.
    #[default]
    Volatile,
}

/// Whether parallel workers may run a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Parallel {
    /// Yes.
    Safe,
    /// Only in the leader.
    Restricted,
    /// No parallel plan at all.
    #[default]
    Unsafe,
}

/// A function, procedure or aggregate.
#[derive(Debug, Clone, Default)]
pub struct Function {
    /// In `pg_proc`; not compared.
    pub oid: u32,
    /// Its name.
    pub name: QualifiedName,
    /// The argument types that tell it from others of its name, as the server prints them.
    pub identity_arguments: String,
    /// What is called.
    pub kind: FunctionKind,
    /// All arguments with names, modes and defaults.
    pub arguments: String,
    /// The result type; none for procedures.
    pub result: Option<String>,
    /// `sql`, `plpgsql` and so on.
    pub language: String,
    /// The body as text, or the deparsed body of a `BEGIN ATOMIC` function.
    pub body: String,
    /// For C functions, the library.
    pub library: Option<String>,
    /// What it promises of its results.
    pub volatility: Volatility,
    /// True when it is not called with NULLs.
    pub strict: bool,
    /// True when it reveals nothing of its arguments.
    pub leakproof: bool,
    /// Whether parallel workers may run it.
    pub parallel: Parallel,
    /// True when it runs with its owner's rights.
    pub security_definer: bool,
    /// Settings for its time, as `name=value`; `search_path=...` matters for `security_definer`.
    pub config: Vec<String>,
    /// The planner's cost.
    pub cost: String,
    /// The planner's number of rows; `0` when it returns no set.
    pub rows: String,
    /// The planner's support function.
    pub support: Option<String>,
    /// Types that transforms are applied for.
    pub transforms: Vec<String>,
    /// For aggregates, what they are made of.
    pub aggregate: Option<String>,
    /// Who owns it.
    pub owner: String,
    /// Privileges on it.
    pub grants: Grants,
    /// Its comment.
    pub comment: Option<String>,
}

impl CatalogObject for Function {
    fn oid(&self) -> u32 {
        self.oid
    }

    fn kind(&self) -> ObjectKind {
        match self.kind {
            FunctionKind::Function | FunctionKind::Window => ObjectKind::Function,
            FunctionKind::Procedure => ObjectKind::Procedure,
            FunctionKind::Aggregate => ObjectKind::Aggregate,
        }
    }

    fn shown_name(&self) -> String {
        format!("{}({})", self.name, self.identity_arguments)
    }

    fn identity_cmp(&self, other: &Self) -> Ordering {
        let kind = self.kind().cmp(&other.kind());
        kind.then_with(|| self.name.cmp(&other.name))
            .then_with(|| self.identity_arguments.cmp(&other.identity_arguments))
    }

    fn facts(&self) -> Facts {
        let volatility = match self.volatility {
            Volatility::Immutable => "immutable",
            Volatility::Stable => "stable",
            Volatility::Volatile => "volatile",
        };
        let parallel = match self.parallel {
            Parallel::Safe => "safe",
            Parallel::Restricted => "restricted",
            Parallel::Unsafe => "unsafe",
        };
        Facts::new()
            .text("arguments", &self.arguments)
            .maybe("result", self.result.as_deref())
            .flag("window function", self.kind == FunctionKind::Window)
            .text("language", &self.language)
            .long("body", Some(&self.body))
            .maybe("library", self.library.as_deref())
            .text("volatility", volatility)
            .flag("strict", self.strict)
            .flag("leakproof", self.leakproof)
            .text("parallel", parallel)
            .flag("security definer", self.security_definer)
            .set("settings", self.config.clone())
            .text("cost", &self.cost)
            .text("rows", &self.rows)
            .maybe("support function", self.support.as_deref())
            .set("transforms", self.transforms.clone())
            .long("aggregate", self.aggregate.as_deref())
            .text("owner", &self.owner)
            .set("privileges", self.grants.lines())
            .long("comment", self.comment.as_deref())
    }
}
