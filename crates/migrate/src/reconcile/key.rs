//! What names an object or a part of one within a catalog.

use std::fmt;

use freehold_model::{
    catalog::ObjectKind,
    name::{QualifiedName, display_identifier},
};

/// The identity of a thing: two things of two catalogs with equal keys are the same thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    /// By name.
    Schema(String),
    /// By name.
    Extension(String),
    /// An enum, domain, range or base type.
    Type(QualifiedName),
    /// A relation of any kind.
    Relation(QualifiedName),
    /// A relation and the name of its part.
    Part(Part, QualifiedName, String),
    /// Kind, name, argument types.
    Function(ObjectKind, QualifiedName, String),
    /// Kind and name as people write it.
    Other(ObjectKind, String),
}

/// What kind of part of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    /// A column.
    Column,
    /// A column's default, which is not its generation expression.
    Default,
    /// A column's being an identity, with its sequence.
    Identity,
    /// A sequence's belonging to a column; the name is empty.
    OwnedBy,
    /// A table's being a partition of the named one (`schema.name`).
    Attached,
    /// A table's inheriting from the named one (`schema.name`).
    Inherits,
    /// A constraint.
    Constraint,
    /// An index.
    Index,
    /// An index's being a part of the index of the table above.
    IndexAttached,
    /// A trigger.
    Trigger,
    /// A rule.
    Rule,
    /// A policy.
    Policy,
    /// Extended statistics.
    Statistics,
}

impl Key {
    /// The relation that this is, or a part of which it is.
    pub(super) fn relation(&self) -> Option<&QualifiedName> {
        match self {
            Self::Relation(name) | Self::Part(_, name, _) => Some(name),
            _ => None,
        }
    }

    /// The key of a column.
    pub(super) fn column(relation: &QualifiedName, column: &str) -> Self {
        Self::Part(Part::Column, relation.clone(), column.to_owned())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schema(name) => write!(f, "schema {}", display_identifier(name)),
            Self::Extension(name) => write!(f, "extension {}", display_identifier(name)),
            Self::Type(name) => write!(f, "type {name}"),
            Self::Relation(name) => write!(f, "relation {name}"),
            Self::Part(part, relation, name) => {
                let shown = display_identifier(name);
                match part {
                    Part::Column => write!(f, "column {shown} of {relation}"),
                    Part::Default => write!(f, "default of column {shown} of {relation}"),
                    Part::Identity => write!(f, "identity of column {shown} of {relation}"),
                    Part::OwnedBy => write!(f, "owning column of sequence {relation}"),
                    Part::Attached => write!(f, "partition {relation} of {name}"),
                    Part::Inherits => write!(f, "inheritance of {relation} from {name}"),
                    Part::Constraint => write!(f, "constraint {shown} of {relation}"),
                    Part::Index => write!(f, "index {shown} on {relation}"),
                    Part::IndexAttached => write!(f, "place of index {shown} on {relation}"),
                    Part::Trigger => write!(f, "trigger {shown} on {relation}"),
                    Part::Rule => write!(f, "rule {shown} on {relation}"),
                    Part::Policy => write!(f, "policy {shown} on {relation}"),
                    Part::Statistics => write!(f, "statistics {name} on {relation}"),
                }
            }
            Self::Function(kind, name, arguments) => write!(f, "{kind} {name}({arguments})"),
            Self::Other(kind, name) => write!(f, "{kind} {name}"),
        }
    }
}
