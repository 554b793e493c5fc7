//! Sends one statement of a script as it stands, with a limit on its time, and sorts out what came back.

use std::time::{Duration, Instant};

use freehold_db::{DbError, Session};
use freehold_model::sqlstate::SqlState;
use futures_util::SinkExt;

use crate::{error::RehearsalError, step::ScriptStatement};

/// Why a statement of a script did not run.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The server refused it: an observation.
    Refused(DbError),
    /// The rehearsal cannot go on.
    Stop(RehearsalError),
}

impl From<RehearsalError> for Trouble {
    fn from(error: RehearsalError) -> Self {
        Self::Stop(error)
    }
}

impl Trouble {
    /// For scripts that ran before: a refusal is then as unexpected as any other failure.
    pub(crate) fn into_stop(self, doing: &'static str) -> RehearsalError {
        match self {
            Self::Refused(error) => RehearsalError::own(doing)(error),
            Self::Stop(error) => error,
        }
    }
}

/// Runs one statement; the time from sending to the answer.
pub(crate) async fn send(
    session: &Session,
    statement: &ScriptStatement,
    limit: Duration,
) -> Result<Duration, Trouble> {
    let begun = Instant::now();
    let outcome = match tokio::time::timeout(limit, deliver(session, statement)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            return Err(Trouble::Stop(stop_slow(session, statement, limit).await));
        }
    };
    outcome.map(|()| begun.elapsed()).map_err(|error| sort(error, statement, session))
}

async fn deliver(session: &Session, statement: &ScriptStatement) -> Result<(), DbError> {
    match &statement.copy_data {
        None => session.run(&statement.sql).await,
        Some(data) => copy_in(session, &statement.sql, data).await,
    }
}

async fn copy_in(session: &Session, sql: &str, data: &str) -> Result<(), DbError> {
    let named = |error| DbError::from_postgres("copy the rows of the script", error);
    let sink = session.client().copy_in(sql).await.map_err(named)?;
    let mut sink = std::pin::pin!(sink);
    sink.send(std::io::Cursor::new(data.as_bytes().to_vec())).await.map_err(named)?;
    sink.as_mut().finish().await.map_err(named)?;
    Ok(())
}

/// Cancels the statement on the server, so that the session's end does not wait for it.
async fn stop_slow(session: &Session, statement: &ScriptStatement, limit: Duration) -> RehearsalError {
    // A cancel that fails changes nothing: the session is given up either way.
    let _ = session.cancel().await;
    RehearsalError::TimedOut {
        place: Box::new(statement.place.clone()),
        headline: statement.headline.clone(),
        after: limit,
    }
}

/// Tells a refusal, which is an observation, from what ends the rehearsal.
pub(crate) fn sort(error: DbError, statement: &ScriptStatement, session: &Session) -> Trouble {
    let place = Box::new(statement.place.clone());
    let headline = statement.headline.clone();
    if error.is_connection_lost() {
        return RehearsalError::SessionLost { place, headline, source: Box::new(error) }.into();
    }
    match error.sqlstate() {
        Some(SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN) => {
            RehearsalError::SessionLost { place, headline, source: Box::new(error) }.into()
        }
        Some(SqlState::DISK_FULL) => RehearsalError::DiskFull { place, source: Box::new(error) }.into(),
        _ => match missing_extension(&error) {
            Some(extension) => {
                let package = freehold_sandbox::package_hint(&extension, session.version());
                RehearsalError::ExtensionMissing { place, extension, package, source: Box::new(error) }.into()
            }
            None => Trouble::Refused(error),
        },
    }
}

/// The name in `extension "x" is not available` (0A000) or `could not open extension control file` (58P01).
fn missing_extension(error: &DbError) -> Option<String> {
    let server = error.server()?;
    let quoted = || server.message.split('"').nth(1).map(str::to_owned);
    match server.sqlstate? {
        SqlState::FEATURE_NOT_SUPPORTED
            if server.message.starts_with("extension \"") && server.message.ends_with("is not available") =>
        {
            quoted()
        }
        SqlState::UNDEFINED_FILE if server.message.contains("extension control file") => {
            let path = quoted()?;
            let file = path.rsplit('/').next()?;
            Some(file.strip_suffix(".control").unwrap_or(file).to_owned())
        }
        _ => None,
    }
}
