//! Objects that a statement names, and how it uses them.

use std::fmt;

use freehold_model::name::display_identifier;

/// The kinds of objects that statements name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the SQL word for the kind")]
pub enum ObjectKind {
    /// A table, or a relation whose kind the statement does not tell (`SELECT` reads views as well).
    Table,
    ForeignTable,
    View,
    MaterializedView,
    Index,
    Sequence,
    Column,
    Constraint,
    DomainConstraint,
    Trigger,
    Policy,
    Rule,
    Function,
    Procedure,
    /// A function or procedure: `DROP ROUTINE`.
    Routine,
    Aggregate,
    Operator,
    OperatorClass,
    OperatorFamily,
    Type,
    Domain,
    Cast,
    Transform,
    Collation,
    Conversion,
    Schema,
    Extension,
    EventTrigger,
    Language,
    AccessMethod,
    Statistics,
    TextSearchConfiguration,
    TextSearchDictionary,
    TextSearchParser,
    TextSearchTemplate,
    ForeignDataWrapper,
    ForeignServer,
    UserMapping,
    Publication,
    Subscription,
    LargeObject,
    DefaultPrivileges,
    Parameter,
    Role,
    Database,
    Tablespace,
    /// A kind that this program does not know.
    Other,
}

impl ObjectKind {
    /// True for what stands in `pg_class` and is locked as a relation.
    pub fn is_relation(self) -> bool {
        matches!(
            self,
            Self::Table
                | Self::ForeignTable
                | Self::View
                | Self::MaterializedView
                | Self::Index
                | Self::Sequence
        )
    }

    /// The SQL word for it, lower case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::ForeignTable => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Index => "index",
            Self::Sequence => "sequence",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::DomainConstraint => "domain constraint",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::Rule => "rule",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Routine => "routine",
            Self::Aggregate => "aggregate",
            Self::Operator => "operator",
            Self::OperatorClass => "operator class",
            Self::OperatorFamily => "operator family",
            Self::Type => "type",
            Self::Domain => "domain",
            Self::Cast => "cast",
            Self::Transform => "transform",
            Self::Collation => "collation",
            Self::Conversion => "conversion",
            Self::Schema => "schema",
            Self::Extension => "extension",
            Self::EventTrigger => "event trigger",
            Self::Language => "language",
            Self::AccessMethod => "access method",
            Self::Statistics => "statistics",
            Self::TextSearchConfiguration => "text search configuration",
            Self::TextSearchDictionary => "text search dictionary",
            Self::TextSearchParser => "text search parser",
            Self::TextSearchTemplate => "text search template",
            Self::ForeignDataWrapper => "foreign-data wrapper",
            Self::ForeignServer => "server",
            Self::UserMapping => "user mapping",
            Self::Publication => "publication",
            Self::Subscription => "subscription",
            Self::LargeObject => "large object",
            Self::DefaultPrivileges => "default privileges",
            Self::Parameter => "parameter",
            Self::Role => "role",
            Self::Database => "database",
            Self::Tablespace => "tablespace",
            Self::Other => "object",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How a statement uses an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// Makes it.
    Creates,
    /// Changes its definition, or adds something to it (an index, a trigger, a policy, a comment, a grant).
    Alters,
    /// Takes it away.
    Drops,
    /// Reads rows, or only refers to it: a referenced table of a foreign key, a type, a parent.
    Reads,
    /// Changes its rows or its contents: `INSERT`, `TRUNCATE`, `REFRESH`, `VACUUM`.
    Writes,
}

/// One object in one role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectUse {
    /// What it is.
    pub kind: ObjectKind,
    /// Its schema, if the statement writes one. For what belongs to a relation (column, constraint, trigger, policy,
    /// rule) the schema of that relation.
    pub schema: Option<String>,
    /// The relation that it belongs to, for a column, constraint, trigger, policy or rule, and for an index that is
    /// made.
    pub of: Option<String>,
    /// Its own name, unquoted and folded as PostgreSQL reads it. Empty for what has none (an index whose name the
    /// server will choose).
    pub name: String,
    /// The way it is used.
    pub use_: Use,
    /// It is made as a temporary object.
    pub temporary: bool,
}

impl ObjectUse {
    /// An object that belongs to no relation.
    pub(crate) fn new(kind: ObjectKind, schema: Option<String>, name: impl Into<String>, use_: Use) -> Self {
        Self { kind, schema, of: None, name: name.into(), use_, temporary: false }
    }
}

/// For people: `app.users`, `users.email` for what is named within a relation.
impl fmt::Display for ObjectUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An index is named in its schema, not in its table.
        let of = self.of.as_ref().filter(|_| !self.kind.is_relation());
        for part in [self.schema.as_ref(), of].into_iter().flatten() {
            write!(f, "{}.", display_identifier(part))?;
        }
        f.write_str(&display_identifier(&self.name))
    }
}
