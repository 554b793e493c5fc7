//! The roles of an application: readers, writers and administrators of rows, and the role that migrates, apart.
//!
//! `reader` may SELECT; `writer` is a member of it and may INSERT, UPDATE and DELETE; `admin` is a member of both, may
//! give them to others and, from PostgreSQL 17 on, may maintain tables. None of them logs in, owns anything or makes
//! anything. The `migrator` logs in and owns everything.

mod apply;
pub mod audit;
pub(crate) mod plan;

use std::collections::BTreeSet;

pub use apply::{ApplyError, apply};
pub use plan::{Plan, Statement, plan};

/// The names of a hierarchy, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    /// The group that reads.
    pub reader: String,
    /// The group that writes rows.
    pub writer: String,
    /// The group that gives the other two to others.
    pub admin: String,
    /// The role that migrations run as.
    pub migrator: String,
    /// The schemas with the application's objects; they must be there.
    pub schemas: Vec<String>,
    /// Roles that the application logs in as; they become members of `writer`, and must be there.
    pub application: Vec<String>,
    /// Leave every object with the owner that it has.
    pub keep_owners: bool,
}

impl Default for Hierarchy {
    fn default() -> Self {
        Self {
            reader: "app_reader".to_owned(),
            writer: "app_writer".to_owned(),
            admin: "app_admin".to_owned(),
            migrator: "app_migrator".to_owned(),
            schemas: vec!["public".to_owned()],
            application: Vec::new(),
            keep_owners: false,
        }
    }
}

/// A name that cannot be a role's here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// PostgreSQL has no such roles, or keeps the name for itself.
    #[error("{name:?} cannot be the name of a role or schema: {why}")]
    Refused {
        /// The name.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// One name for two roles.
    #[error("{name:?} is named for two roles: each of the hierarchy is a role of its own")]
    Twice {
        /// The name.
        name: String,
    },
    /// Nothing to be about.
    #[error("no schema is named: a hierarchy is about the objects of some")]
    NoSchema,
}

impl Hierarchy {
    /// The three groups, the least first.
    pub fn groups(&self) -> [&str; 3] {
        [&self.reader, &self.writer, &self.admin]
    }

    /// Refuses names that PostgreSQL would refuse, cut off or understand as something else.
    ///
    /// # Errors
    /// The first such name.
    pub fn judged(self) -> Result<Self, BadName> {
        let roles = self.groups().into_iter().map(str::to_owned).chain([self.migrator.clone()]);
        let mut seen = BTreeSet::new();
        for name in roles.chain(self.application.iter().cloned()) {
            refuse(&name)?;
            if name.starts_with("pg_") || matches!(name.as_str(), "public" | "none") {
                return Err(BadName::Refused { name, why: "PostgreSQL keeps it for itself" });
            }
            if !seen.insert(name.clone()) {
                return Err(BadName::Twice { name });
            }
        }
        if self.schemas.is_empty() {
            return Err(BadName::NoSchema);
        }
        self.schemas.iter().try_for_each(|schema| refuse(schema))?;
        Ok(self)
    }
}

fn refuse(name: &str) -> Result<(), BadName> {
    let why = if name.is_empty() {
        "it is empty"
    } else if name.len() > 63 {
        "PostgreSQL keeps 63 bytes of a name"
    } else if name.contains('\0') {
        "it holds a NUL"
    } else {
        return Ok(());
    };
    Err(BadName::Refused { name: name.to_owned(), why })
}
