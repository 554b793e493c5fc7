//! Roles of the cluster: read only when asked for, and compared on their own.

use std::cmp::Ordering;

use super::{
    difference::{self, Difference},
    facts::Facts,
    kind::ObjectKind,
    objects::{CatalogObject, Objects},
};
use crate::name::display_identifier;

/// A role.
#[derive(Debug, Clone, Default)]
pub struct Role {
    /// In `pg_roles`; not compared.
    pub oid: u32,
    /// Its name, unquoted.
    pub name: String,
    /// True with `SUPERUSER`.
    pub superuser: bool,
    /// True with `INHERIT`.
    pub inherit: bool,
    /// True with `CREATEROLE`.
    pub create_role: bool,
    /// True with `CREATEDB`.
    pub create_database: bool,
    /// True with `LOGIN`.
    pub login: bool,
    /// True with `REPLICATION`.
    pub replication: bool,
    /// True with `BYPASSRLS`.
    pub bypass_row_security: bool,
    /// `-1` is no limit.
    pub connection_limit: i32,
    /// `VALID UNTIL`, as text.
    pub valid_until: Option<String>,
    /// Settings for all databases, as `name=value`.
    pub settings: Vec<String>,
    /// The roles that it is a member of, each with its options.
    pub member_of: Vec<String>,
    /// Its comment.
    pub comment: Option<String>,
}

impl CatalogObject for Role {
    fn oid(&self) -> u32 {
        self.oid
    }

    fn kind(&self) -> ObjectKind {
        ObjectKind::Role
    }

    fn shown_name(&self) -> String {
        display_identifier(&self.name)
    }

    fn identity_cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }

    fn facts(&self) -> Facts {
        Facts::new()
            .flag("superuser", self.superuser)
            .flag("inherit", self.inherit)
            .flag("createrole", self.create_role)
            .flag("createdb", self.create_database)
            .flag("login", self.login)
            .flag("replication", self.replication)
            .flag("bypassrls", self.bypass_row_security)
            .text("connection limit", self.connection_limit.to_string())
            .maybe("valid until", self.valid_until.as_deref())
            .set("settings", self.settings.clone())
            .set("member of", self.member_of.clone())
            .long("comment", self.comment.as_deref())
    }
}

/// The roles of a cluster, the predefined `pg_` ones left out.
#[derive(Debug, Clone, Default)]
pub struct Roles {
    /// Ordered by name.
    pub roles: Objects<Role>,
}

impl Roles {
    /// The role of that name.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.find_by(|role| role.name.as_str().cmp(name))
    }

    /// What is different in `after`.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        difference::of_objects(&self.roles, &after.roles, &mut found);
        found
    }
}
