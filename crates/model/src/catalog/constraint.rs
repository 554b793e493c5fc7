//! Constraints of tables.

use super::facts::Facts;
use crate::name::QualifiedName;

/// What a constraint demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ConstraintKind {
    /// `CHECK`
    #[default]
    Check,
    /// `FOREIGN KEY`
    ForeignKey,
    /// `PRIMARY KEY`
    PrimaryKey,
    /// `UNIQUE`
    Unique,
    /// `EXCLUDE`
    Exclusion,
    /// `NOT NULL` as an object of its own (PostgreSQL 18).
    NotNull,
    /// A constraint trigger.
    Trigger,
}

impl ConstraintKind {
    /// In words, lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::ForeignKey => "foreign key",
            Self::PrimaryKey => "primary key",
            Self::Unique => "unique",
            Self::Exclusion => "exclusion",
            Self::NotNull => "not null",
            Self::Trigger => "constraint trigger",
        }
    }
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Deferrable {
    /// At once, always.
    #[default]
    No,
    /// At once unless deferred.
    InitiallyImmediate,
    /// At the end of the transaction unless set otherwise.
    InitiallyDeferred,
}

/// A constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraint {
    /// In `pg_constraint`; not compared.
    pub oid: u32,
    /// Its name, unquoted.
    pub name: String,
    /// What it demands.
    pub kind: ConstraintKind,
    /// What `pg_get_constraintdef` says.
    pub definition: String,
    /// The columns that it is about, in its order; expressions are not among them.
    pub columns: Vec<String>,
    /// For a foreign key, the table that it points to.
    pub referenced_table: Option<QualifiedName>,
    /// That table's object id; not compared.
    pub referenced_oid: Option<u32>,
    /// For a foreign key, the columns that it points to, in its order.
    pub referenced_columns: Vec<String>,
    /// For a foreign key: `NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL` or `SET DEFAULT`.
    pub on_delete: Option<String>,
    /// The same for updates of the key.
    pub on_update: Option<String>,
    /// The index behind a primary key, unique or exclusion constraint; not compared.
    pub index_oid: Option<u32>,
    /// False with `NOT VALID`.
    pub validated: bool,
    /// False with `NOT ENFORCED` (PostgreSQL 18).
    pub enforced: bool,
    /// When it is checked.
    pub deferrable: Deferrable,
    /// True with `NO INHERIT`.
    pub no_inherit: bool,
    /// True when it is declared on this table itself and not only inherited.
    pub is_local: bool,
    /// True when it hangs on a constraint of the partitioned table above.
    pub has_parent: bool,
    /// For foreign keys: false when its triggers on this table were disabled.
    pub triggers_enabled: bool,
    /// Its comment.
    pub comment: Option<String>,
}

impl Constraint {
    /// True for the kinds of which heirs have a copy. For others the server's mark says how an index came to its place.
    fn can_inherit(&self) -> bool {
        matches!(self.kind, ConstraintKind::Check | ConstraintKind::NotNull)
    }

    pub(super) fn facts(&self) -> Facts {
        Facts::new()
            .text("kind", self.kind.word())
            .text("definition", &self.definition)
            .flag("validated", self.validated)
            .flag("enforced", self.enforced)
            .text(
                "deferrable",
                match self.deferrable {
                    Deferrable::No => "no",
                    Deferrable::InitiallyImmediate => "initially immediate",
                    Deferrable::InitiallyDeferred => "initially deferred",
                },
            )
            .flag("no inherit", self.no_inherit && self.can_inherit())
            .flag("declared here", self.is_local)
            .flag("part of the parent's", self.has_parent)
            .flag("triggers enabled", self.triggers_enabled)
            .long("comment", self.comment.as_deref())
    }
}
