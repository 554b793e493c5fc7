//! Reading a history. Nothing is written, and a target without one is told as such.

use freehold_db::{DbError, Session};
use tokio_postgres::{Row, types::Type};

use super::check::{Facts, HistoryError};
use super::{Direction, History, HistoryRow, State};
use crate::target::{HistoryTable, Target};

/// Reads the history of a target; an empty one with `exists: false` where there is no table.
///
/// # Errors
/// When the table is not one that this program can read, or the server refuses.
pub async fn look(session: &Session, target: &Target) -> Result<History, HistoryError> {
    let facts = Facts::of(session, &target.history).await?;
    facts.readable(target)?;
    if facts.table_exists { rows(session, &target.history).await } else { Ok(facts.nothing_yet(target)) }
}

/// All rows, without the scripts' texts.
pub(crate) async fn rows(session: &Session, history: &HistoryTable) -> Result<History, HistoryError> {
    let sql = select(history, "NULL::text", "");
    let rows = session.client().query_typed(&sql, &[]).await;
    let rows = rows.map_err(|error| failed(history, error))?;
    let rows = rows.iter().map(|row| understood(history, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(History { rows, exists: true, untouched: false })
}

/// Fills in the texts of the scripts of these rows.
pub(crate) async fn scripts(
    session: &Session,
    history: &HistoryTable,
    found: &mut History,
    ids: &[i64],
) -> Result<(), HistoryError> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = select(history, "script", "WHERE id = ANY ($1)");
    let rows = session.client().query_typed(&sql, &[(&ids, Type::INT8_ARRAY)]).await;
    for row in rows.map_err(|error| failed(history, error))? {
        let read = understood(history, &row)?;
        if let Some(known) = found.rows.iter_mut().find(|known| known.id == read.id) {
            known.script = read.script;
        }
    }
    Ok(())
}

fn failed(history: &HistoryTable, error: tokio_postgres::Error) -> HistoryError {
    DbError::from_postgres(format!("reading the history in {}", history.shown()), error).into()
}

fn select(history: &HistoryTable, script: &str, condition: &str) -> String {
    let table = history.quoted();
    format!(
        "SELECT id, version, name, checksum, direction, state, applied_at, applied_by, duration_ms, ticket, \
         statement, statements, out_of_order, source, progress, error, {script} FROM {table} {condition} ORDER BY id"
    )
}

fn understood(history: &HistoryTable, row: &Row) -> Result<HistoryRow, HistoryError> {
    let wrong = |error| failed(history, error);
    let id: i64 = row.try_get(0).map_err(wrong)?;
    let odd = |what: String| HistoryError::Row { table: history.shown(), id, what };
    let direction: String = row.try_get(4).map_err(wrong)?;
    let state: String = row.try_get(5).map_err(wrong)?;
    Ok(HistoryRow {
        id,
        version: row.try_get(1).map_err(wrong)?,
        name: row.try_get(2).map_err(wrong)?,
        checksum: row.try_get(3).map_err(wrong)?,
        direction: match direction.as_str() {
            "up" => Direction::Up,
            "down" => Direction::Down,
            other => return Err(odd(format!("the direction {other:?} is neither up nor down"))),
        },
        state: State::parse(&state).ok_or_else(|| odd(format!("the state {state:?} is not known")))?,
        applied_at: row.try_get(6).map_err(wrong)?,
        applied_by: row.try_get(7).map_err(wrong)?,
        duration_ms: row.try_get(8).map_err(wrong)?,
        ticket: row.try_get(9).map_err(wrong)?,
        statement: row.try_get(10).map_err(wrong)?,
        statements: row.try_get(11).map_err(wrong)?,
        out_of_order: row.try_get(12).map_err(wrong)?,
        source: row.try_get(13).map_err(wrong)?,
        progress: row.try_get(14).map_err(wrong)?,
        error: row.try_get(15).map_err(wrong)?,
        script: row.try_get(16).map_err(wrong)?,
    })
}
