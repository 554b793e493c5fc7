//! Opens sessions for targets: a server that does not answer is not waited for, one that is full is asked again.

use std::time::{Duration, Instant};

use freehold_db::{ConnectTo, DbError, Session};

use super::outcome::Gone;
use crate::history::HistoryError;
use crate::runner::{Halt, Halting, Line, RunError};
use crate::target::Target;
use freehold_model::sqlstate::SqlState;

/// The pause before a server that is full or starting is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// Connects. A server that has no room for a session now, or is only starting, is asked again for at most `patience`.
pub(super) async fn line(
    to: &ConnectTo,
    limit: Duration,
    patience: Duration,
    halt: &Halt,
) -> Result<Line, RunError> {
    let begun = Instant::now();
    loop {
        let error = match within(limit, to, Line::open(to)).await {
            Ok(line) => return Ok(line),
            Err(RunError::Connect(error)) if has_no_room(&error) => error,
            Err(error) => return Err(error),
        };
        if begun.elapsed() >= patience || halt.asked() {
            return Err(RunError::Connect(error));
        }
        let _ = tokio::time::timeout(AGAIN, halt.until(Halting::AfterThis)).await;
    }
}

/// The same limit for anything that opens a session.
pub(super) async fn within<T>(
    limit: Duration,
    to: &ConnectTo,
    opening: impl Future<Output = Result<T, DbError>>,
) -> Result<T, RunError> {
    match tokio::time::timeout(limit, opening).await {
        Ok(opened) => opened.map_err(RunError::Connect),
        Err(_) => Err(RunError::NoAnswer { to: to.masked(), waited: limit }),
    }
}

/// Too many connections (53300), or the server is starting (57P03).
fn has_no_room(error: &DbError) -> bool {
    error.sqlstate().is_some_and(|state| matches!(state.code(), "53300" | "57P03"))
}

/// What an error says by itself about a target that is not there.
pub(super) fn told_gone(target: &Target, error: &RunError) -> Option<Gone> {
    match error {
        RunError::History(HistoryError::SchemaMissing { schema, database }) => {
            Some(Gone::Schema { schema: schema.clone(), database: database.clone() })
        }
        // No session could be had again, because the database was dropped.
        RunError::OutcomeUnknown { source, .. } | RunError::Connect(source) => database_gone(target, source),
        _ => None,
    }
}

fn database_gone(target: &Target, error: &DbError) -> Option<Gone> {
    (error.sqlstate() == Some(SqlState::INVALID_CATALOG_NAME))
        .then(|| Gone::Database { database: target.to.database().to_owned() })
}

/// Looks, over a new session, whether the target of a run that failed is still there. `None` when it is, or when that
/// cannot be found out.
pub(super) async fn find_gone(target: &Target, limit: Duration) -> Option<Gone> {
    let session = match within(limit, &target.to, Session::open(&target.to)).await {
        Ok(session) => session,
        Err(RunError::Connect(error)) => return database_gone(target, &error),
        Err(_) => return None,
    };
    let tenant = target.tenant.as_ref()?;
    let sql = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1";
    let found = tokio::time::timeout(limit, session.query(sql, &[&tenant.schema])).await;
    let gone = matches!(found, Ok(Ok(rows)) if rows.is_empty());
    session.close().await;
    gone.then(|| Gone::Schema { schema: tenant.schema.clone(), database: target.to.database().to_owned() })
}
