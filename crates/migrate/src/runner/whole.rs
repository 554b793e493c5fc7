//! A script in one transaction, committed together with its row of the history.

use futures_util::future;

use freehold_db::DbError;

use super::Run;
use super::failure::{At, Stop};
use super::send::{Sent, send, send_one};
use crate::history::write::{NewRow, failed};
use crate::prepared::ReadyScript;

/// Runs the statements from `first` up to, not including, `last` in one transaction and adds the row in it.
pub(super) async fn run(
    run: &Run<'_>,
    script: &ReadyScript,
    (first, last): (usize, usize),
    row: &NewRow<'_>,
) -> Result<(), Stop> {
    match script.together(first, last) {
        Some(text) => at_once(run, script, first, text, row).await,
        None => one_by_one(run, script, (first, last), row).await,
    }
}

/// Everything in one round trip. What follows a failure is refused by the server, the transaction being aborted, and
/// its COMMIT is a ROLLBACK.
async fn at_once(
    run: &Run<'_>,
    script: &ReadyScript,
    first: usize,
    text: &str,
    row: &NewRow<'_>,
) -> Result<(), Stop> {
    let session = run.line.session();
    let history = &run.target.history;
    // What a script does to the session, it may do to what is prepared in it.
    let prepared = if script.changes_session() { None } else { run.prepared_row().await };
    let own_role = if script.changes_session() { run.line.own_role() } else { String::new() };
    let (begin, body, role, added, commit) = future::join5(
        send(session, "BEGIN"),
        send(session, text),
        send(session, &own_role),
        row.insert(session, history, prepared.as_ref()),
        send(session, "COMMIT"),
    )
    .await;
    begin.whole().map_err(|error| refused(At::Statement(first), script, error))?;
    if let Sent { completed, error: Some(error) } = body {
        return Err(refused(At::Text { first, index: first + completed }, script, error));
    }
    role.whole().map_err(|error| refused(At::History, script, error))?;
    added.map_err(|error| Stop::of(At::History, failed(history, error), 0))?;
    commit.whole().map_err(|error| refused(At::Commit, script, error))
}

/// Statement by statement: rows have to be sent in between.
async fn one_by_one(
    run: &Run<'_>,
    script: &ReadyScript,
    (first, last): (usize, usize),
    row: &NewRow<'_>,
) -> Result<(), Stop> {
    let session = run.line.session();
    let history = &run.target.history;
    let begun = send(session, "BEGIN").await.whole();
    begun.map_err(|error| refused(At::Statement(first), script, error))?;
    for index in first..last {
        let rows = script.statements().get(index).and_then(|statement| statement.copy_data.as_deref());
        let sent = send_one(session, script.sql(index), rows).await;
        sent.map_err(|error| refused(At::Statement(index), script, error))?;
    }
    let role = send(session, &run.line.own_role()).await.whole();
    role.map_err(|error| refused(At::History, script, error))?;
    let added = row.insert(session, history, None).await;
    added.map_err(|error| Stop::of(At::History, failed(history, error), 0))?;
    send(session, "COMMIT").await.whole().map_err(|error| refused(At::Commit, script, error))
}

pub(super) fn refused(at: At, script: &ReadyScript, error: tokio_postgres::Error) -> Stop {
    let doing = match at {
        At::Statement(index) | At::Text { index, .. } => format!("running `{}`", script.headline(index)),
        At::History => "writing the history".to_owned(),
        At::Commit => "committing the transaction".to_owned(),
    };
    Stop::of(at, DbError::from_postgres(doing, error), 0)
}
