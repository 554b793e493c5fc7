//! Schemas.

use std::cmp::Ordering;

use super::{facts::Facts, grants::Grants, kind::ObjectKind, objects::CatalogObject};
use crate::name::display_identifier;

/// A schema.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// In `pg_namespace`; not compared.
    pub oid: u32,
    /// Its name, unquoted.
    pub name: String,
    /// Who owns it.
    pub owner: String,
    /// Privileges on it.
    pub grants: Grants,
    /// Its comment.
    pub comment: Option<String>,
}

impl CatalogObject for Schema {
    fn oid(&self) -> u32 {
        self.oid
    }

    fn kind(&self) -> ObjectKind {
        ObjectKind::Schema
    }

    fn shown_name(&self) -> String {
        display_identifier(&self.name)
    }

    fn identity_cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }

    fn facts(&self) -> Facts {
        Facts::new()
            .text("owner", &self.owner)
            .set("privileges", self.grants.lines())
            .long("comment", self.comment.as_deref())
    }
}
