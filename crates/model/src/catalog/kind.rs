//! The kinds of objects that a catalog knows, in the order in which differences are listed.

use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal / $plural:literal,)*) => {
        /// What kind of thing an object is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ObjectKind {
            $($(#[$doc])* $variant,)*
        }

        impl ObjectKind {
            /// All kinds, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The kind in words, lower case: `materialized view`.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Several of the kind, in words.
            pub fn plural(self) -> &'static str {
                match self { $(Self::$variant => $plural,)* }
            }
        }
    };
}

kinds! {
    /// A schema.
    Schema = "schema" / "schemas",
    /// An extension.
    Extension = "extension" / "extensions",
    /// An enumerated type.
    Enum = "enum" / "enums",
    /// A domain.
    Domain = "domain" / "domains",
    /// A range type.
    Range = "range type" / "range types",
    /// A base type or shell type.
    BaseType = "base type" / "base types",
    /// A composite type that stands alone.
    CompositeType = "composite type" / "composite types",
    /// A sequence.
    Sequence = "sequence" / "sequences",
    /// A table, also a partition.
    Table = "table" / "tables",
    /// A table that is partitioned.
    PartitionedTable = "partitioned table" / "partitioned tables",
    /// A foreign table.
    ForeignTable = "foreign table" / "foreign tables",
    /// A view.
    View = "view" / "views",
    /// A materialised view.
    MaterializedView = "materialized view" / "materialized views",
    /// A column of a relation.
    Column = "column" / "columns",
    /// A constraint of a table.
    Constraint = "constraint" / "constraints",
    /// An index.
    Index = "index" / "indexes",
    /// A trigger.
    Trigger = "trigger" / "triggers",
    /// A rewrite rule other than a view's own.
    Rule = "rule" / "rules",
    /// A row security policy.
    Policy = "policy" / "policies",
    /// Extended statistics.
    Statistics = "statistics" / "statistics",
    /// A function, window functions included.
    Function = "function" / "functions",
    /// A procedure.
    Procedure = "procedure" / "procedures",
    /// An aggregate function.
    Aggregate = "aggregate" / "aggregates",
    /// A cast.
    Cast = "cast" / "casts",
    /// An operator.
    Operator = "operator" / "operators",
    /// An operator class.
    OperatorClass = "operator class" / "operator classes",
    /// An operator family.
    OperatorFamily = "operator family" / "operator families",
    /// An index or table access method.
    AccessMethod = "access method" / "access methods",
    /// A collation.
    Collation = "collation" / "collations",
    /// An encoding conversion.
    Conversion = "conversion" / "conversions",
    /// A procedural language.
    Language = "language" / "languages",
    /// A transform.
    Transform = "transform" / "transforms",
    /// A text search configuration.
    TextSearchConfiguration = "text search configuration" / "text search configurations",
    /// A text search dictionary.
    TextSearchDictionary = "text search dictionary" / "text search dictionaries",
    /// A text search parser.
    TextSearchParser = "text search parser" / "text search parsers",
    /// A text search template.
    TextSearchTemplate = "text search template" / "text search templates",
    /// An event trigger.
    EventTrigger = "event trigger" / "event triggers",
    /// A publication.
    Publication = "publication" / "publications",
    /// A subscription.
    Subscription = "subscription" / "subscriptions",
    /// A foreign data wrapper.
    ForeignDataWrapper = "foreign data wrapper" / "foreign data wrappers",
    /// A foreign server.
    ForeignServer = "foreign server" / "foreign servers",
    /// A user mapping.
    UserMapping = "user mapping" / "user mappings",
    /// Default privileges.
    DefaultPrivileges = "default privileges" / "default privileges",
    /// A setting kept for the database, or for a role in it.
    DatabaseSetting = "database setting" / "database settings",
    /// A role of the cluster.
    Role = "role" / "roles",
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
