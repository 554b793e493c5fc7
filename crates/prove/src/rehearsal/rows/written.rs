//! Which tables rows were written to within a transaction, by the server's own counters.

use std::collections::BTreeMap;

use freehold_db::{DbError, Session};

use super::reading;
use crate::error::RehearsalError;

const WRITTEN: &str = "SELECT c.oid, pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) \
     + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) AS written, \
     pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) AS deleted \
     FROM pg_catalog.pg_class AS c WHERE c.oid >= 16384 AND c.relkind = 'r'";

/// Rows inserted and updated, by table.
#[derive(Debug, Default)]
pub(super) struct Written {
    rows: BTreeMap<u32, i64>,
    /// Rows deleted, of all tables together.
    deleted: i64,
}

impl Written {
    /// The counters as they stand.
    pub(super) async fn read(session: &Session) -> Result<Self, RehearsalError> {
        let rows = session.query(WRITTEN, &[]).await.map_err(reading)?;
        let read = || {
            let mut written = Self::default();
            for row in &rows {
                written.rows.insert(row.try_get(0)?, row.try_get(1)?);
                written.deleted += row.try_get::<_, i64>(2)?;
            }
            Ok(written)
        };
        read().map_err(|e: tokio_postgres::Error| {
            reading(DbError::from_postgres("read how many rows were written", e))
        })
    }

    /// The tables that were written to between two readings.
    pub(super) fn since(earlier: &Self, later: &Self) -> Self {
        let rows = later
            .rows
            .iter()
            .map(|(oid, count)| (*oid, count - earlier.rows.get(oid).copied().unwrap_or(0)))
            .filter(|(_, count)| *count > 0)
            .collect();
        Self { rows, deleted: later.deleted - earlier.deleted }
    }

    /// True when not a single row was inserted, updated or deleted.
    pub(super) fn nothing(&self) -> bool {
        self.rows.is_empty() && self.deleted == 0
    }

    /// True when rows were written to another table than this.
    pub(super) fn elsewhere(&self, oid: u32) -> bool {
        self.rows.keys().any(|written| *written != oid)
    }

    /// True when rows were written to this table.
    pub(super) fn here(&self, oid: u32) -> bool {
        self.rows.contains_key(&oid)
    }
}
