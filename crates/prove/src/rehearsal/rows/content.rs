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
    pub(super) lost: usize,
    pub(super) left: usize,
    pub(super) columns: Vec<String>,
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
            .map(|row| row.keys().filter(|column| !later.is_stamped(after, column)).collect())
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
        let left = usize::try_from(unmatched.values().sum::<i64>()).unwrap_or(0);
        let changed =
            if lost > 0 && !after.is_empty() { changed_columns(before, after, &columns) } else { Vec::new() };
        Fate { lost, left, columns: changed }
    }
}

impl Content {
    /// True when every row holds the time of this very transaction in the column: a trigger or a default has stamped
    /// it, which says nothing of the value before.
    fn is_stamped(&self, rows: &[Map<String, Value>], column: &str) -> bool {
        !rows.is_empty()
            && rows.iter().all(|row| row.get(column).is_some_and(|value| self.now.contains(value)))
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

fn projected(row: &Map<String, Value>, columns: &[&String]) -> String {
    let mut text = String::new();
    for column in columns {
        match row.get(column.as_str()) {
            Some(value) => text.push_str(&value.to_string()),
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
            rows.iter().map(|row| row.get(column).map_or_else(|| "?".to_owned(), Value::to_string)).collect();
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
