//! Reads the roles of the cluster, when asked.

use std::sync::Arc;

use freehold_model::catalog::{Objects, Role, Roles};

use super::{
    for_version::for_version,
    rows::{Bad, Fields},
};
use crate::{DbError, Session};

/// Reads all roles but the predefined `pg_` ones. Roles belong to the whole cluster, so they are no part of a
/// database's catalog.
///
/// # Errors
/// What the server says.
pub async fn read_roles(session: &Session) -> Result<Roles, DbError> {
    let sql = for_version(include_str!("role.sql"), session.version().major());
    let rows = session.query(&sql, &[]).await?;
    let roles = rows.iter().map(|row| role(Fields::new(row)).map(Arc::new)).collect::<Result<Vec<_>, _>>();
    let roles = roles.map_err(|error| DbError::from_postgres("reading the roles", error))?;
    Ok(Roles { roles: Objects::new(roles) })
}

fn role(mut row: Fields<'_>) -> Result<Role, Bad> {
    Ok(Role {
        oid: row.next()?,
        name: row.next()?,
        superuser: row.next()?,
        inherit: row.next()?,
        create_role: row.next()?,
        create_database: row.next()?,
        login: row.next()?,
        replication: row.next()?,
        bypass_row_security: row.next()?,
        connection_limit: row.next()?,
        valid_until: row.next()?,
        settings: row.next()?,
        member_of: row.next()?,
        comment: row.next()?,
    })
}
