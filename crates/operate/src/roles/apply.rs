//! Carries out a plan in one transaction.

use freehold_db::{DbError, Session};

use super::Statement;

/// Everything that a plan can change, as one number.
const STATE: &str = "
SELECT coalesce(md5(string_agg(line, E'\\n' ORDER BY line)), '') FROM (
    SELECT 'role ' || to_jsonb(r)::text FROM pg_catalog.pg_roles AS r
    UNION ALL SELECT 'member ' || m.roleid || ' ' || m.member || ' ' || m.admin_option FROM pg_catalog.pg_auth_members AS m
    UNION ALL SELECT 'database ' || d.datdba || ' ' || coalesce(d.datacl::text, '')
        FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
    UNION ALL SELECT 'schema ' || n.oid || ' ' || n.nspowner || ' ' || coalesce(n.nspacl::text, '')
        FROM pg_catalog.pg_namespace AS n
    UNION ALL SELECT 'relation ' || c.oid || ' ' || c.relowner || ' ' || coalesce(c.relacl::text, '')
        FROM pg_catalog.pg_class AS c
    UNION ALL SELECT 'column ' || a.attrelid || ' ' || a.attnum || ' ' || a.attacl::text
        FROM pg_catalog.pg_attribute AS a WHERE a.attacl IS NOT NULL
    UNION ALL SELECT 'function ' || p.oid || ' ' || p.proowner || ' ' || coalesce(p.proacl::text, '')
        FROM pg_catalog.pg_proc AS p
    UNION ALL SELECT 'type ' || t.oid || ' ' || t.typowner FROM pg_catalog.pg_type AS t
    UNION ALL SELECT 'default ' || d.defaclrole || ' ' || d.defaclnamespace || ' ' || d.defaclobjtype::text || ' ' || d.defaclacl::text
        FROM pg_catalog.pg_default_acl AS d
) AS state (line)";

/// A plan that was not carried out; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A statement was refused.
    #[error("the database refused to {about}")]
    Refused {
        /// What the statement is for.
        about: String,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// The transaction could not be begun, looked at or ended.
    #[error("could not {doing}")]
    Own {
        /// What was being done.
        doing: &'static str,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
}

impl ApplyError {
    /// What to do next.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Refused { .. } => Some(
                "nothing was changed; run it as a superuser, or as a role that may create roles and owns the objects \
                 (or is a member of their owners and of the role that migrates)"
                    .to_owned(),
            ),
            Self::Own { .. } => None,
        }
    }
}

fn own(doing: &'static str) -> impl FnOnce(DbError) -> ApplyError {
    move |source| ApplyError::Own { doing, source: Box::new(source) }
}

/// Carries the statements out; true when anything is different afterwards.
///
/// # Errors
/// When the server refuses one of them: then all of them are rolled back.
pub async fn apply(session: &Session, statements: &[Statement]) -> Result<bool, ApplyError> {
    session.run("BEGIN").await.map_err(own("begin"))?;
    match within(session, statements).await {
        Ok(changed) => {
            session.run("COMMIT").await.map_err(own("commit"))?;
            Ok(changed)
        }
        Err(error) => {
            // The session may be gone, and with it the transaction.
            let _ = session.run("ROLLBACK").await;
            Err(error)
        }
    }
}

async fn within(session: &Session, statements: &[Statement]) -> Result<bool, ApplyError> {
    // Taking over a table waits for its readers; whoever waits behind that must not wait for long.
    session.run("SET LOCAL lock_timeout = '5s'").await.map_err(own("limit waiting"))?;
    let before = state(session).await?;
    for statement in statements {
        session.run(&statement.sql).await.map_err(|source| ApplyError::Refused {
            about: statement.about.clone(),
            source: Box::new(source),
        })?;
    }
    Ok(state(session).await? != before)
}

async fn state(session: &Session) -> Result<String, ApplyError> {
    let rows = session.query(STATE, &[]).await.map_err(own("read roles and privileges"))?;
    Ok(rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or_default())
}
