//! Enums, domains, ranges and base types. Composite types that stand alone are relations.

use std::cmp::Ordering;

use super::{facts::Facts, grants::Grants, kind::ObjectKind, objects::CatalogObject};
use crate::name::{QualifiedName, display_identifier};

/// A check or not-null constraint of a domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainConstraint {
    /// Its name, unquoted.
    pub name: String,
    /// What `pg_get_constraintdef` says.
    pub definition: String,
    /// False with `NOT VALID`.
    pub validated: bool,
    /// Its comment.
    pub comment: Option<String>,
}

/// What makes a type what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeShape {
    /// An enumerated type.
    Enum {
        /// Its labels in their order, which is the order of comparison.
        labels: Vec<String>,
    },
    /// A type with constraints.
    Domain {
        /// The type below, with its modifiers.
        base: String,
        /// True with `NOT NULL`.
        not_null: bool,
        /// The default expression.
        default: Option<String>,
        /// The collation where it is not the base type's own.
        collation: Option<String>,
        /// Ordered by name.
        constraints: Vec<DomainConstraint>,
    },
    /// A range type, with its multirange.
    Range {
        /// What it ranges over.
        subtype: String,
        /// Operator class, collation, canonical and difference functions, multirange name: as `name=value`.
        details: Vec<String>,
    },
    /// A base type, or a shell.
    Base {
        /// Input and output functions, length, alignment and so on: as `name=value`.
        details: Vec<String>,
    },
}

/// A type.
#[derive(Debug, Clone)]
pub struct TypeObject {
    /// In `pg_type`; not compared.
    pub oid: u32,
    /// Its name.
    pub name: QualifiedName,
    /// What makes it what it is.
    pub shape: TypeShape,
    /// Who owns it.
    pub owner: String,
    /// Privileges on it.
    pub grants: Grants,
    /// Its comment.
    pub comment: Option<String>,
}

impl TypeObject {
    /// The labels of an enum, in order; none for other types.
    pub fn labels(&self) -> &[String] {
        match &self.shape {
            TypeShape::Enum { labels } => labels,
            _ => &[],
        }
    }
}

impl CatalogObject for TypeObject {
    fn oid(&self) -> u32 {
        self.oid
    }

    fn kind(&self) -> ObjectKind {
        match self.shape {
            TypeShape::Enum { .. } => ObjectKind::Enum,
            TypeShape::Domain { .. } => ObjectKind::Domain,
            TypeShape::Range { .. } => ObjectKind::Range,
            TypeShape::Base { .. } => ObjectKind::BaseType,
        }
    }

    fn shown_name(&self) -> String {
        self.name.to_string()
    }

    fn identity_cmp(&self, other: &Self) -> Ordering {
        self.kind().cmp(&other.kind()).then_with(|| self.name.cmp(&other.name))
    }

    fn facts(&self) -> Facts {
        let facts = match &self.shape {
            TypeShape::Enum { labels } => Facts::new().sequence("labels", labels.clone()),
            TypeShape::Domain { base, not_null, default, collation, constraints } => {
                let mut facts = Facts::new()
                    .text("base type", base)
                    .flag("not null", *not_null)
                    .maybe("default", default.as_deref())
                    .maybe("collation", collation.as_deref());
                for constraint in constraints {
                    let name = format!("constraint {}", display_identifier(&constraint.name));
                    facts = facts.text(name.clone(), &constraint.definition);
                    if let Some(comment) = &constraint.comment {
                        facts = facts.long(format!("comment on {name}"), Some(comment));
                    }
                }
                facts
            }
            TypeShape::Range { subtype, details } => {
                Facts::new().text("subtype", subtype).set("details", details.clone())
            }
            TypeShape::Base { details } => Facts::new().set("details", details.clone()),
        };
        facts
            .text("owner", &self.owner)
            .set("privileges", self.grants.lines())
            .long("comment", self.comment.as_deref())
    }
}
