//! Settings that a script leaves behind on its session, and putting them back so that each script is judged alone.

use std::collections::BTreeMap;

use freehold_db::{DbError, Session};

use crate::{error::RehearsalError, observation::LeakedSetting, step::Script};

/// What a session may carry over; role and session user are no ordinary settings to the server.
const LEFT: &str = "SELECT s.name, s.setting, s.reset_val FROM pg_catalog.pg_settings AS s WHERE s.source = 'session' \
     UNION ALL SELECT 'role', pg_catalog.current_setting('role'), 'none' \
     WHERE pg_catalog.current_setting('role') <> 'none' \
     UNION ALL SELECT 'session_authorization', SESSION_USER::pg_catalog.text, '' \
     WHERE SESSION_USER <> (SELECT a.usename FROM pg_catalog.pg_stat_activity AS a \
                            WHERE a.pid = pg_catalog.pg_backend_pid())";

const RESET: &str = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";

/// Temporary tables live as long as the session, which for the tool is another one each time.
const RESET_TEMPORARY: &str = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DISCARD TEMPORARY";

/// What the script has left changed since its session was fresh; the session is put back.
pub(super) async fn leaked_and_reset(
    session: &Session,
    script: &Script,
) -> Result<Vec<LeakedSetting>, RehearsalError> {
    if !touches_session(script) {
        return Ok(Vec::new());
    }
    let doing = "see which settings a script left changed";
    let rows = session.query(LEFT, &[]).await.map_err(RehearsalError::own(doing))?;
    let mut leaked = BTreeMap::new();
    for row in &rows {
        let (name, after, before): (String, String, Option<String>) =
            (|| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))().map_err(
                |e: tokio_postgres::Error| RehearsalError::own(doing)(DbError::from_postgres(doing, e)),
            )?;
        let before = before.unwrap_or_default();
        // Written, but with the value that it had: nothing is carried over.
        if before != after {
            leaked.insert(name.clone(), LeakedSetting { name, before, after });
        }
    }
    reset_always(session, script).await?;
    Ok(leaked.into_values().collect())
}

/// Puts the session back if the script could have changed it. Inside a transaction this is undone by its rollback.
pub(super) async fn reset(session: &Session, script: &Script) -> Result<(), RehearsalError> {
    if touches_session(script) { reset_always(session, script).await } else { Ok(()) }
}

async fn reset_always(session: &Session, script: &Script) -> Result<(), RehearsalError> {
    let sql = if may_make_temporary(script) { RESET_TEMPORARY } else { RESET };
    session.run(sql).await.map_err(RehearsalError::own("put the settings of the session back"))
}

fn may_make_temporary(script: &Script) -> bool {
    script.statements.iter().any(|s| {
        s.statement.effect.opaque || s.statement.effect.objects.iter().any(|object| object.temporary)
    })
}

fn touches_session(script: &Script) -> bool {
    may_make_temporary(script)
        || script
            .statements
            .iter()
            .any(|s| !s.statement.effect.session.is_empty() || s.statement.effect.opaque)
}
