//! Writing rows of a history. Only a runner that holds the target's lock does so.

use freehold_db::{DbError, Session};
use tokio_postgres::Statement;
use tokio_postgres::types::{ToSql, Type};

use super::{Direction, State};
use crate::target::HistoryTable;

/// The largest script whose text is kept, in bytes: larger ones are data.
const KEPT: usize = 1024 * 1024;

/// What a new row says.
#[derive(Debug, Clone)]
pub(crate) struct NewRow<'a> {
    pub(crate) version: &'a str,
    pub(crate) name: &'a str,
    pub(crate) checksum: &'a str,
    pub(crate) direction: Direction,
    pub(crate) state: State,
    pub(crate) ticket: Option<&'a str>,
    pub(crate) asked_by: Option<&'a str>,
    pub(crate) out_of_order: bool,
    pub(crate) script: Option<&'a str>,
    pub(crate) source: Option<&'a str>,
    /// When it really happened, where another tool told it.
    pub(crate) applied_at: Option<jiff::Timestamp>,
    /// For a script outside a transaction: how many statements it has.
    pub(crate) statements: Option<i32>,
    /// The row belongs to the transaction that does the work, and is timed by it.
    pub(crate) timed: bool,
}

type Param<'p> = (&'p (dyn ToSql + Sync), Type);

impl NewRow<'_> {
    /// Adds the row; its number.
    pub(crate) async fn insert(
        &self,
        session: &Session,
        history: &HistoryTable,
        prepared: Option<&Statement>,
    ) -> Result<i64, tokio_postgres::Error> {
        let direction = self.direction.word();
        let state = self.state.word();
        let script = self.script.filter(|text| text.len() <= KEPT);
        let values: [&(dyn ToSql + Sync); 13] = [
            &self.version,
            &self.name,
            &self.checksum,
            &direction,
            &state,
            &self.applied_at,
            &self.asked_by,
            &self.timed,
            &self.ticket,
            &self.statements,
            &self.out_of_order,
            &self.source,
            &script,
        ];
        let rows = match prepared {
            Some(statement) => session.client().query(statement, &values).await?,
            None => {
                let params: Vec<Param<'_>> = values.into_iter().zip(INSERTED).collect();
                session.client().query_typed(&insertion(history), &params).await?
            }
        };
        rows.first().map_or(Ok(0), |row| row.try_get(0))
    }
}

/// The statement that [`NewRow::insert`] runs, prepared: worth its round trip where several rows follow.
pub(crate) async fn prepare(
    session: &Session,
    history: &HistoryTable,
) -> Result<Statement, tokio_postgres::Error> {
    session.client().prepare_typed(&insertion(history), &INSERTED).await
}

const INSERTED: [Type; 13] = [
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TIMESTAMPTZ,
    Type::TEXT,
    Type::BOOL,
    Type::TEXT,
    Type::INT4,
    Type::BOOL,
    Type::TEXT,
    Type::TEXT,
];

fn insertion(history: &HistoryTable) -> String {
    let table = history.quoted();
    // The number is one more than the last: the lock makes the runner the only writer.
    format!(
        "INSERT INTO {table} (id, version, name, checksum, direction, state, applied_at, applied_by, duration_ms, \
         ticket, statement, statements, out_of_order, source, script) \
         SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, coalesce($6, pg_catalog.clock_timestamp()), \
         session_user || coalesce(' (' || $7 || ')', ''), \
         CASE WHEN $8 THEN greatest(0, (extract(epoch FROM pg_catalog.clock_timestamp() - \
         pg_catalog.transaction_timestamp()) * 1000)::bigint) END, \
         $9, CASE WHEN $10::int IS NULL THEN NULL ELSE 0 END, $10, $11, $12, $13 FROM {table} RETURNING id"
    )
}

/// A change of a row of a script outside a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Change<'a> {
    /// It is run again or goes on.
    Begun {
        /// The checksum of the script as it is now.
        checksum: &'a str,
        /// Its text.
        script: Option<&'a str>,
        /// How many statements it has.
        statements: i32,
        /// How many of them took effect; what was noted of the next one is settled.
        done: i32,
    },
    /// Something is noted before a statement that no transaction can undo.
    About(&'a serde_json::Value),
    /// So many statements took effect.
    Reached(i32),
    /// All did.
    Done(i32),
    /// The statement after so many failed.
    Failed(i32, &'a str),
}

impl Change<'_> {
    /// Changes the row.
    pub(crate) async fn write(
        &self,
        session: &Session,
        history: &HistoryTable,
        id: i64,
    ) -> Result<(), tokio_postgres::Error> {
        let table = history.quoted();
        let text = match self {
            Self::Begun { script, .. } => script.filter(|text| text.len() <= KEPT),
            _ => None,
        };
        let (assignments, params): (&str, Vec<Param<'_>>) = match self {
            Self::Begun { checksum, statements, done, .. } => (
                "state = 'running', error = NULL, progress = NULL, checksum = $2, script = $3, statements = $4, \
                 statement = $5",
                vec![
                    (checksum, Type::TEXT),
                    (&text, Type::TEXT),
                    (statements, Type::INT4),
                    (done, Type::INT4),
                ],
            ),
            Self::About(noted) => ("progress = $2", vec![(noted, Type::JSONB)]),
            Self::Reached(count) => ("statement = $2, progress = NULL", vec![(count, Type::INT4)]),
            Self::Done(count) => (
                "statement = $2, progress = NULL, error = NULL, state = 'applied', duration_ms = greatest(0, \
                 (extract(epoch FROM pg_catalog.clock_timestamp() - applied_at) * 1000)::bigint)",
                vec![(count, Type::INT4)],
            ),
            Self::Failed(count, error) => (
                "statement = $2, error = $3, state = 'failed'",
                vec![(count, Type::INT4), (error, Type::TEXT)],
            ),
        };
        let sql = format!("UPDATE {table} SET {assignments} WHERE id = $1");
        let mut all: Vec<Param<'_>> = vec![(&id, Type::INT8)];
        all.extend(params);
        session.client().query_typed(&sql, &all).await.map(|_| ())
    }
}

/// Says what was being done when a row could not be written.
pub(crate) fn failed(history: &HistoryTable, error: tokio_postgres::Error) -> DbError {
    DbError::from_postgres(format!("writing the history in {}", history.shown()), error)
}
