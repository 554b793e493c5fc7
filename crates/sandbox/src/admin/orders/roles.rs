//! Roles that scripts made on a given server: found, and dropped when nothing else uses them.
//!
//! Roles belong to the whole server, and somebody else may make one at the same time. So a role is dropped only when it
//! is newer than the run, nothing in a database that is still there depends on it, and nobody is logged in as it.

use std::collections::BTreeSet;

use freehold_db::{DbError, Session};
use freehold_model::name::{quote_identifier, quote_literal};

use crate::scratch::ScratchName;

/// Beginning of the comment on a scratch database; the oid of the newest role of that time follows.
const MARK: &str = "made by freehold; newest role before: ";

/// The oids of all roles.
pub(super) async fn all(session: &Session) -> Result<BTreeSet<u32>, DbError> {
    let rows = session.query("SELECT oid FROM pg_catalog.pg_roles", &[]).await?;
    Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
}

/// Notes on a scratch database which roles were there before, for the sweep after a killed run. Oids are given out in
/// rising order (until they wrap round after four thousand million).
pub(super) async fn mark(session: &Session, name: &ScratchName, newest_before: u32) -> Result<(), DbError> {
    let comment = quote_literal(&format!("{MARK}{newest_before}"));
    session.run(&format!("COMMENT ON DATABASE {} IS {comment}", quote_identifier(name.as_str()))).await
}

/// Roles that are newer than the run that made a leftover scratch database, and that the database itself uses.
pub(super) async fn made_by_leftover(session: &Session, database: u32) -> Result<Vec<String>, DbError> {
    let rows = session
        .query(
            "SELECT DISTINCT r.rolname::text FROM pg_catalog.pg_shdescription AS c
             JOIN pg_catalog.pg_shdepend AS s ON s.dbid = c.objoid
             JOIN pg_catalog.pg_roles AS r ON r.oid = s.refobjid
             WHERE c.objoid = $1 AND c.classoid = 'pg_catalog.pg_database'::regclass
               AND s.refclassid = 'pg_catalog.pg_authid'::regclass
               AND c.description LIKE $2 || '%'
               AND r.oid::int8 > nullif(substr(c.description, length($2) + 1), '')::int8",
            &[&database, &MARK],
        )
        .await?;
    Ok(rows.iter().filter_map(|row| row.try_get(0).ok()).collect())
}

/// Drops those of the roles that nothing uses any more. Roles may depend on each other: several rounds.
pub(super) async fn drop_unused(session: &Session, roles: Vec<String>) {
    let mut left = roles;
    for _ in 0..4 {
        let mut kept = Vec::new();
        for role in left {
            let in_use = is_used(session, &role).await.unwrap_or(true);
            let sql = format!("DROP ROLE IF EXISTS {}", quote_identifier(&role));
            if in_use || session.run(&sql).await.is_err() {
                kept.push(role);
            }
        }
        if kept.is_empty() {
            return;
        }
        left = kept;
    }
}

/// True when a role owns or may do something in a database that is still there, or is logged in.
async fn is_used(session: &Session, role: &str) -> Result<bool, DbError> {
    let rows = session
        .query(
            "SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = $1 AND (
               EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s
                       WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = r.oid
                         AND s.classid <> 'pg_catalog.pg_auth_members'::regclass)
               OR EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.usesysid = r.oid))",
            &[&role],
        )
        .await?;
    Ok(!rows.is_empty())
}
