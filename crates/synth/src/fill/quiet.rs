//! Triggers and rules are kept still while rows go in.

use freehold_db::Session;

use crate::{
    ask::{Bound, guarded, rows, run},
    error::SynthError,
};

/// Sets the session's role in replication to `replica`, and answers with what it was. Nothing where that is not
/// allowed: then triggers run as they do for anyone.
pub(crate) async fn hush(session: &Session) -> Result<Option<String>, SynthError> {
    const READ: &str = "SELECT pg_catalog.current_setting('session_replication_role')";
    let doing = "reading session_replication_role";
    let found = rows(session, doing, READ, &Bound::default()).await.map_err(SynthError::server(doing))?;
    let before: Option<String> = found.first().and_then(|row| row.try_get(0).ok());
    if before.as_deref() == Some("replica") {
        return Ok(None);
    }
    let doing = "keeping triggers still";
    let set = guarded(session, async {
        session.run("SET LOCAL session_replication_role = replica").await.map_err(SynthError::server(doing))
    });
    match set.await {
        Ok(()) => Ok(before),
        Err(SynthError::Server { source, .. })
            if source.sqlstate().is_some_and(|state| state.code() == "42501") =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// As it was.
pub(crate) async fn restore(session: &Session, before: Option<String>) -> Result<(), SynthError> {
    let Some(before) = before else { return Ok(()) };
    let mut bound = Bound::default();
    let value = bound.list(&[before]);
    let sql = format!("SELECT pg_catalog.set_config('session_replication_role', ({value})[1], true)");
    let doing = "letting triggers run again";
    run(session, doing, &sql, &bound).await.map(|_| ()).map_err(SynthError::server(doing))
}
