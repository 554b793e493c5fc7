//! Whether a tenant is served: looked up before its first statement, remembered for a while.

use crate::Sql;

/// How a tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It is served.
    Served,
    /// It exists and is not served.
    Suspended,
    /// There is no such tenant.
    Unknown,
}

/// How one finds out whether a tenant is served.
#[derive(Clone)]
pub struct StatusCheck {
    sql: Sql,
}

impl StatusCheck {
    /// Asks the database, in the tenant's own context: the statement has the tenant as its only parameter and gives one
    /// row with one boolean, true when the tenant is served; no row means that there is no such tenant.
    pub fn query(sql: impl Into<Sql>) -> Self {
        Self { sql: sql.into() }
    }
}

impl std::fmt::Debug for StatusCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusCheck").field("sql", &self.sql).finish_non_exhaustive()
    }
}
