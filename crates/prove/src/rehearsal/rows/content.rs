//! The rows of some relations, as values that can be compared whatever order the columns stand in.

use std::collections::BTreeMap;

use freehold_db::{DbError, Session};
use freehold_model::name::QualifiedName;
use serde_json::{Map, Value};

use super::reading;
use crate::{error::RehearsalError, observation::RelationSeen};

/// More rows than this are counted, not compared.
const COMPARED: i64 = 20_000;

/// Rows by relation.
pub(super) struct Content {
    rows: BTreeMap<String, Vec<Map<String, Value>>>,
    /// The transaction's own time in the forms in which a column can hold it.
    now: Vec<Value>,
}

/// What became of the rows of one relation.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate {
    /// Rows that are not there as they were.
    pub(super) lost: usize,
    /// Of these, how many are gone rather than changed.
    pub(super) gone: usize,
    /// Rows that are there and were not, changed ones not counted.
    pub(super) left: usize,
    /// Columns that are gone, or of which values are.
    pub(super) columns: Vec<String>,
    /// True when a column itself is gone.
    pub(super) columns_gone: bool,
}

impl Content {
    /// Reads the relations by their number, and those that are gone by their name.
    pub(super) async fn read<'r>(
        session: &Session,
        relations: impl Iterator<Item = &'r RelationSeen>,
    ) -> Result<Self, RehearsalError> {
        let mut rows = BTreeMap::new();
        for relation in relations {
            let found = match current_name(session, relation).await? {
                Some(name) => read_one(session, &name).await?,
                None => Vec::new(),
            };
            rows.insert(relation.display.clone(), found);
        }
        Ok(Self { rows, now: now(session).await? })
    }

    pub(super) fn count(&self, relation: &str) -> usize {
        self.rows.get(relation).map_or(0, Vec::len)
    }

    pub(super) fn counts(&self) -> Vec<(String, usize)> {
        self.rows.iter().map(|(name, rows)| (name.clone(), rows.len())).collect()
    }

    /// Compares the rows of a relation here (earlier) with those there (later), by the columns of here.
    pub(super) fn compare(&self, relation: &str, later: &Self) -> Fate {
        let none = Vec::new();
        let before = self.rows.get(relation).unwrap_or(&none);
        let after = later.rows.get(relation).unwrap_or(&none);
        let columns: Vec<&String> = before
            .first()
            .map(|row| row.keys().filter(|column| !later.says_nothing(before, after, column)).collect())
            .unwrap_or_default();
        let mut unmatched: BTreeMap<String, i64> = BTreeMap::new();
        for row in after {
            *unmatched.entry(projected(row, &columns)).or_default() += 1;
        }
        let mut lost = 0;
        for row in before {
            match unmatched.get_mut(&projected(row, &columns)) {
                Some(count) if *count > 0 => *count -= 1,
                _ => lost += 1,
            }
        }
        let gone = before.len().saturating_sub(after.len()).min(lost);
        let left = after.len().saturating_sub(before.len());
        let mut fate = Fate { lost, gone, left, ..Fate::default() };
        if lost > gone {
            fate.columns = changed_columns(before, after, &columns);
            fate.columns_gone =
                after.first().is_some_and(|row| columns.iter().any(|c| !row.contains_key(*c)));
        }
        fate
    }
}

impl Content {
    /// True when every row holds the time of this very transaction in the column: a trigger or a default has stamped
    /// it, which says nothing of the value before.
    fn is_stamped(&self, rows: &[Map<String, Value>], column: &str) -> bool {
        !rows.is_empty()
            && rows.iter().all(|row| row.get(column).is_some_and(|value| self.now.contains(value)))
    }

    /// True when the column's values there are no loss against those of before: all stamped with the transaction's time,
    /// or with nothing but NULLs filled in.
    fn says_nothing(
        &self,
        before: &[Map<String, Value>],
        after: &[Map<String, Value>],
        column: &str,
    ) -> bool {
        self.is_stamped(after, column) || only_filled(before, after, column)
    }

    /// True when the relation here has columns that it has not there.
    pub(super) fn lost_columns(&self, relation: &str, later: &Self) -> bool {
        let first = |content: &Self| content.rows.get(relation).and_then(|rows| rows.first()).cloned();
        match (first(self), first(later)) {
            (Some(before), Some(after)) => before.keys().any(|column| !after.contains_key(column)),
            _ => false,
        }
    }
}

/// The transaction's time as JSON has it: with a zone, without one, as a date.
async fn now(session: &Session) -> Result<Vec<Value>, RehearsalError> {
    const NOW: &str = "SELECT pg_catalog.jsonb_build_array(pg_catalog.now(), \
         pg_catalog.now()::pg_catalog.timestamp, pg_catalog.now()::pg_catalog.date)::pg_catalog.text";
    let rows = session.query(NOW, &[]).await.map_err(reading)?;
    let text: String = rows
        .first()
        .map(|row| row.try_get(0))
        .transpose()
        .map_err(|e| reading(DbError::from_postgres("read the transaction's time", e)))?
        .unwrap_or_default();
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// True when all values that were there still are, and the rows too, so that others have come in the place of NULLs.
fn only_filled(before: &[Map<String, Value>], after: &[Map<String, Value>], column: &str) -> bool {
    if before.len() != after.len() || !before.iter().any(|row| row.get(column).is_some_and(Value::is_null)) {
        return false;
    }
    let mut there: BTreeMap<String, i64> = BTreeMap::new();
    for value in after.iter().filter_map(|row| row.get(column)) {
        *there.entry(plain(value)).or_default() += 1;
    }
    before.iter().filter_map(|row| row.get(column)).filter(|value| !value.is_null()).all(|value| {
        let count = there.entry(plain(value)).or_default();
        *count -= 1;
        *count >= 0
    })
}

/// A value as text, the same for a number whatever type holds it: 1, "1" and 1.00.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let digits = text.trim_start_matches('-');
    let decimal = digits.split_once('.').is_some_and(|(whole, part)| {
        !whole.is_empty()
            && !part.is_empty()
            && (whole.len() + part.len() == digits.len() - 1)
            && whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit())
    });
    if decimal { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn projected(row: &Map<String, Value>, columns: &[&String]) -> String {
    let mut text = String::new();
    for column in columns {
        match row.get(column.as_str()) {
            Some(value) => text.push_str(&plain(value)),
            None => text.push('?'),
        }
        text.push('\u{1f}');
    }
    text
}

/// The columns of which the values, taken together, are not the same.
fn changed_columns(
    before: &[Map<String, Value>],
    after: &[Map<String, Value>],
    columns: &[&String],
) -> Vec<String> {
    let values = |rows: &[Map<String, Value>], column: &str| {
        let mut all: Vec<String> =
            rows.iter().map(|row| row.get(column).map_or_else(|| "?".to_owned(), plain)).collect();
        all.sort();
        all
    };
    columns
        .iter()
        .filter(|column| values(before, column) != values(after, column))
        .map(|column| (*column).clone())
        .collect()
}

/// The relation's name now: it may have been renamed, or dropped and made again.
async fn current_name(
    session: &Session,
    relation: &RelationSeen,
) -> Result<Option<QualifiedName>, RehearsalError> {
    const NAME: &str = "SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.oid = $1 OR (n.nspname = $2 AND c.relname = $3 AND c.relkind IN ('r', 'p')) \
         ORDER BY c.oid = $1 DESC";
    let rows =
        session.query(NAME, &[&relation.oid, &relation.schema, &relation.name]).await.map_err(reading)?;
    let Some(row) = rows.first() else { return Ok(None) };
    let read = || Ok(QualifiedName::new(row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?));
    read()
        .map(Some)
        .map_err(|e: tokio_postgres::Error| reading(DbError::from_postgres("read a relation's name", e)))
}

async fn read_one(
    session: &Session,
    name: &QualifiedName,
) -> Result<Vec<Map<String, Value>>, RehearsalError> {
    let sql = format!("SELECT pg_catalog.to_jsonb(t.*) FROM {} AS t LIMIT {COMPARED}", name.quoted());
    // Not prepared: the table changes its columns between two readings.
    let messages = session
        .client()
        .simple_query(&sql)
        .await
        .map_err(|e| reading(DbError::from_postgres("read the witness rows", e)))?;
    let mut rows = Vec::new();
    for message in messages {
        if let tokio_postgres::SimpleQueryMessage::Row(row) = message
            && let Some(text) = row.get(0)
            && let Ok(Value::Object(row)) = serde_json::from_str(text)
        {
            rows.push(row);
        }
    }
    Ok(rows)
}
