//! Diesel: a row a migration in `__diesel_schema_migrations`.
//!
//! Rules of `diesel_migrations` (v2.3): the row goes in with the migration's own transaction and is deleted by its
//! down, so every row is an applied migration. Diesel sets its sessions to UTC, so `run_on`, which has no zone, is in
//! UTC. The table's name cannot be changed, its schema is the first of the search path.

use crate::peers::history::PeerEntry;
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type, Zone};

/// Diesel.
#[derive(Debug)]
pub(crate) struct Diesel;

impl Peer for Diesel {
    fn tool(&self) -> &'static str {
        "diesel"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["__diesel_schema_migrations"]
    }

    fn looks_like(&self) -> &'static str {
        "version varchar(50), run_on timestamp"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.is_exactly(&[("version", Type::Text), ("run_on", Type::Time)])
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        vec!["version::text".to_owned(), table.moment("run_on", Zone::Utc)]
    }

    fn order(&self) -> &'static str {
        "run_on, version collate \"C\""
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
        "Diesel records no failures; what a migration without a transaction left has to be undone by hand"
    }
}
