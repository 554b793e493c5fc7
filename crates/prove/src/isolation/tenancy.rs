//! How a project tells tenants apart, as plain data.

use std::collections::{BTreeMap, BTreeSet};

/// How the rows of a relation belong to a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// One row is one tenant.
    Root {
        /// The column that holds its key.
        key: String,
    },
    /// A column of the relation holds the tenant's key.
    Column(String),
    /// A row belongs to whom the row that it refers to belongs.
    Through {
        /// That row's relation.
        parent: u32,
        /// Own columns with the columns of the parent that they refer to.
        columns: Vec<(String, String)>,
    },
}

/// How a project tells tenants apart.
#[derive(Debug, Clone, Default)]
pub struct Tenancy {
    /// The table with one row for each tenant.
    pub root: Option<u32>,
    /// Relations with rows of tenants, by object id.
    pub owned: BTreeMap<u32, Ownership>,
    /// Tables whose rows all tenants share on purpose.
    pub shared: BTreeSet<u32>,
    /// The role that the application connects as; `None` when none is known.
    pub role: Option<String>,
    /// Further roles that outsiders come in with, such as one for those who did not log in.
    pub other_roles: Vec<String>,
    /// The statements by which a transaction takes on a tenant: `$1` is the tenant's key, `$2` the key of a user who is
    /// a member of that tenant and of no other. Each is put in as a quoted literal.
    pub assume: Vec<String>,
    /// Where it stands who is a member of which tenant; needed for `$2`.
    pub membership: Option<Membership>,
    /// The settings that hold the tenant.
    pub settings: Vec<String>,
    /// Outsiders can choose SQL that runs for a tenant.
    pub untrusted_sql: bool,
}

/// Where it stands who is a member of which tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The table.
    pub relation: u32,
    /// Its column that holds the user's key.
    pub user: String,
}

impl Tenancy {
    /// The tenant column of a relation that has one, or the key of the root.
    pub fn column_of(&self, relation: u32) -> Option<&str> {
        match self.owned.get(&relation)? {
            Ownership::Root { key } => Some(key),
            Ownership::Column(column) => Some(column),
            Ownership::Through { .. } => None,
        }
    }
}
