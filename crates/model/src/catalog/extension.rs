//! Extensions: name, version and schema stand for all their members.

use std::cmp::Ordering;

use super::{facts::Facts, kind::ObjectKind, objects::CatalogObject};
use crate::name::display_identifier;

/// An extension.
#[derive(Debug, Clone, Default)]
pub struct Extension {
    /// In `pg_extension`; not compared.
    pub oid: u32,
    /// Its name, unquoted.
    pub name: String,
    /// The version of its scripts.
    pub version: String,
    /// The schema of its members.
    pub schema: String,
    /// How many members it has; members added or dropped by hand show here.
    pub members: u32,
    /// Its comment.
    pub comment: Option<String>,
}

impl CatalogObject for Extension {
    fn oid(&self) -> u32 {
        self.oid
    }

    fn kind(&self) -> ObjectKind {
        ObjectKind::Extension
    }

    fn shown_name(&self) -> String {
        display_identifier(&self.name)
    }

    fn identity_cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }

    fn facts(&self) -> Facts {
        Facts::new()
            .text("version", &self.version)
            .text("schema", &self.schema)
            .text("number of members", self.members.to_string())
            .long("comment", self.comment.as_deref())
    }
}
