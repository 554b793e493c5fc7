//! Objects that are compared but that nothing asks about in detail: operators, publications, settings and the like.

use std::cmp::Ordering;

use super::{facts::Facts, grants::Grants, kind::ObjectKind, objects::CatalogObject};

/// An object of a kind that has no type of its own.
#[derive(Debug, Clone)]
pub struct Other {
    /// In the catalog of its kind, 0 where the kind has no ids; not compared. Ids of two kinds may be equal.
    pub oid: u32,
    /// What it is.
    pub kind: ObjectKind,
    /// Its identity as people write it: `=== (integer, integer)`, `(text AS integer)`.
    pub name: String,
    /// Privileges, where the kind has them; compared as one of the facts.
    pub grants: Option<Grants>,
    /// Everything that is compared.
    pub facts: Facts,
}

impl CatalogObject for Other {
    fn oid(&self) -> u32 {
        self.oid
    }

    fn kind(&self) -> ObjectKind {
        self.kind
    }

    fn shown_name(&self) -> String {
        self.name.clone()
    }

    fn identity_cmp(&self, other: &Self) -> Ordering {
        self.kind.cmp(&other.kind).then_with(|| self.name.cmp(&other.name))
    }

    fn facts(&self) -> Facts {
        self.facts.clone()
    }
}
