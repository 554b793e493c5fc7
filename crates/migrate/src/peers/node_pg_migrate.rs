//! node-pg-migrate: a row a migration in `pgmigrations`.
//!
//! Rules (v9): the columns are `id serial, name varchar(255), run_on timestamp`; the name is the file's without its
//! ending; a down deletes the row. `run_on` is the server's `NOW()` without a zone.

use crate::peers::history::PeerEntry;
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type, Zone};

/// node-pg-migrate.
#[derive(Debug)]
pub(crate) struct NodePgMigrate;

/// The columns; db-migrate's table has the same.
pub(crate) const COLUMNS: &[(&str, Type)] =
    &[("id", Type::Integer), ("name", Type::Text), ("run_on", Type::Time)];

/// The expressions that both tools select.
pub(crate) fn select(table: &PeerTable) -> Vec<String> {
    vec!["name::text".to_owned(), table.moment("run_on", Zone::Session)]
}

impl Peer for NodePgMigrate {
    fn tool(&self) -> &'static str {
        "node-pg-migrate"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["pgmigrations"]
    }

    fn looks_like(&self) -> &'static str {
        "id integer, name varchar, run_on timestamp"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.is_exactly(COLUMNS)
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        select(table)
    }

    fn order(&self) -> &'static str {
        "run_on, id"
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
        "node-pg-migrate records no failures"
    }
}
