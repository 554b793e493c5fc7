//! After a failure: what is recorded of it, and what a lost connection had come to.

use std::error::Error as _;

use freehold_db::DbError;
use freehold_model::sqlstate::SqlState;

use super::error::RunError;
use super::failure::At;
use super::{Run, settle, turn};
use crate::event::{StepName, What};
use crate::history::write::Change;
use crate::history::{Direction, HistoryRow, Standing, read};
use crate::plan::Unfinished;
use crate::prepared::ReadyScript;

/// What a lost attempt had come to.
#[derive(Debug)]
pub(super) enum Recovered {
    /// It was committed.
    Done,
    /// It was not, nor was one before it in the plan, which the server had taken and lost in a crash: its place.
    Before(usize),
    /// It was not, or only in part.
    NotYet(Option<Unfinished>),
}

/// Connects again, waits until the old session's lock is gone, and reads the history: the old session's work is over
/// when its lock is, so what stands there is final.
pub(super) async fn find_out(
    run: &mut Run<'_>,
    script: &ReadyScript,
    name: &StepName,
    error: DbError,
    may_try_again: bool,
) -> Result<Recovered, RunError> {
    run.tell(What::Reconnecting { step: Some(name.clone()), why: words(&error) });
    if let Err(source) = run.line.reconnect(run.options.reconnect).await {
        return Err(RunError::OutcomeUnknown { label: label(name), lost: Box::new(error), source });
    }
    run.forget_row();
    turn::take(run).await?;
    if let Some(first) = run.lost_again().await? {
        return Ok(Recovered::Before(first));
    }
    let row = latest(run, name).await?;
    let done = row.as_ref().is_some_and(|row| {
        row.checksum == script.source().checksum && row.direction == name.direction && row.state.is_done()
    });
    if done {
        return Ok(Recovered::Done);
    }
    // Somebody ended the session on purpose: that is no reason to do it again.
    if !may_try_again
        || error.sqlstate() == Some(SqlState::ADMIN_SHUTDOWN) && error.doing().contains("running")
    {
        return Err(RunError::Ended { label: label(name), source: error });
    }
    Ok(Recovered::NotYet(row.filter(|row| !row.state.is_done()).map(|row| Unfinished::of(&row))))
}

/// What is left of a script outside a transaction, as the history tells it now.
pub(super) async fn unfinished(run: &Run<'_>, name: &StepName) -> Result<Option<Unfinished>, RunError> {
    let row = latest(run, name).await?;
    Ok(row.filter(|row| !row.state.is_done()).map(|row| Unfinished::of(&row)))
}

async fn latest(run: &Run<'_>, name: &StepName) -> Result<Option<HistoryRow>, RunError> {
    let session = run.line.session();
    let mut history = read::rows(session, &run.target.history).await?;
    let Some(id) = history.rows.iter().rev().find(|row| row.version == name.version).map(|row| row.id) else {
        return Ok(None);
    };
    read::scripts(session, &run.target.history, &mut history, &[id]).await?;
    Ok(history.rows.into_iter().find(|row| row.id == id))
}

/// Records at which statement a script outside a transaction stopped, and drops the invalid index that it may have left.
/// False when the history has no row of it: nothing of it took effect.
pub(super) async fn record_failure(
    run: &Run<'_>,
    script: &ReadyScript,
    name: &StepName,
    at: At,
    error: &DbError,
    kept: usize,
) -> Result<bool, RunError> {
    let Some(row) = latest(run, name).await?.filter(|row| !row.state.is_done()) else { return Ok(false) };
    let wanted = match name.direction {
        Direction::Up => Standing::HalfApplied,
        Direction::Down => Standing::HalfReverted,
    };
    if row.standing() != wanted {
        return Ok(false);
    }
    let index = match at {
        At::Statement(index) | At::Text { index, .. } => index,
        At::History | At::Commit => kept,
    };
    let place = script.place(index);
    let text = format!("{} ({}:{})", words(error), place.file.display(), place.start.line);
    let count = i32::try_from(kept).unwrap_or(i32::MAX);
    let change = Change::Failed(count, &text);
    let written = change.write(run.line.session(), &run.target.history, row.id).await;
    written.map_err(|error| {
        RunError::History(crate::history::write::failed(&run.target.history, error).into())
    })?;
    settle::clean_up(run, script, name, index, row.progress.as_ref()).await?;
    Ok(true)
}

/// An error with its causes, on one line.
pub(super) fn words(error: &DbError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

pub(super) fn label(name: &StepName) -> String {
    let named = !name.name.is_empty() && !name.version.ends_with(&name.name);
    if named { format!("{} {}", name.version, name.name) } else { name.version.clone() }
}
