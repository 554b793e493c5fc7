//! Settings that a database has of its own: `CREATE DATABASE … TEMPLATE` leaves them behind.

use freehold_db::{DbError, Session};
use freehold_model::name::quote_identifier;

use crate::scratch::ScratchName;

/// Gives the copy of a database what `ALTER DATABASE … SET` and `ALTER ROLE … IN DATABASE … SET` said of the original.
pub(super) async fn copy(session: &Session, from: &str, to: &ScratchName) -> Result<(), DbError> {
    let rows = session
        .query(
            "SELECT r.rolname::text, split_part(line, '=', 1), substr(line, strpos(line, '=') + 1)
             FROM pg_catalog.pg_db_role_setting AS s
             JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
             LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
             CROSS JOIN LATERAL unnest(s.setconfig) AS line
             WHERE d.datname = $1 AND (s.setrole = 0 OR r.oid IS NOT NULL)
             ORDER BY 1, 2",
            &[&from],
        )
        .await?;
    for row in rows {
        let (Ok(role), Ok(name), Ok(value)) =
            (row.try_get::<_, Option<String>>(0), row.try_get::<_, String>(1), row.try_get::<_, String>(2))
        else {
            continue;
        };
        one(session, to, role.as_deref(), &name, &value).await?;
    }
    Ok(())
}

/// The value is bound and taken over from the session: lists such as `search_path` are kept as they were written.
async fn one(
    session: &Session,
    to: &ScratchName,
    role: Option<&str>,
    name: &str,
    value: &str,
) -> Result<(), DbError> {
    let database = quote_identifier(to.as_str());
    let subject = match role {
        Some(role) => format!("ROLE {} IN DATABASE {database}", quote_identifier(role)),
        None => format!("DATABASE {database}"),
    };
    let parts: Vec<String> = name.split('.').map(|part| quote_identifier(part).to_string()).collect();
    let sql = format!("ALTER {subject} SET {} FROM CURRENT", parts.join("."));
    session.run("BEGIN").await?;
    let done = match session.query("SELECT pg_catalog.set_config($1, $2, true)", &[&name, &value]).await {
        Ok(_) => session.run(&sql).await,
        Err(error) => Err(error),
    };
    session.run(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    done
}
