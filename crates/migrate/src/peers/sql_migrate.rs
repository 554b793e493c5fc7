//! sql-migrate: a row a migration in `gorp_migrations`.
//!
//! Rules (v1.8): the columns are `id text, applied_at timestamptz`; the id is the whole name of the file with its
//! ending; a down deletes the row.

use crate::peers::history::PeerEntry;
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type, Zone};

/// sql-migrate.
#[derive(Debug)]
pub(crate) struct SqlMigrate;

impl Peer for SqlMigrate {
    fn tool(&self) -> &'static str {
        "sql-migrate"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["gorp_migrations"]
    }

    fn looks_like(&self) -> &'static str {
        "id text, applied_at timestamptz"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.is_exactly(&[("id", Type::Text), ("applied_at", Type::Time)])
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        vec!["id::text".to_owned(), table.moment("applied_at", Zone::Session)]
    }

    fn order(&self) -> &'static str {
        "applied_at, id collate \"C\""
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let entry = |row: &RawRow| {
            let mut entry = PeerEntry::applied(row.text(0));
            entry.applied_at = row.moment(1);
            entry
        };
        Interpreted { entries: rows.iter().map(entry).collect(), remarks: Vec::new() }
    }

    fn after_failure(&self) -> &'static str {
        "sql-migrate records no failures"
    }
}
