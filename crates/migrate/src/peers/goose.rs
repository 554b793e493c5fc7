//! goose: rows in `goose_db_version`, of which the latest of each version counts.
//!
//! Rules of its postgres dialect (v3): the table begins with a row for version 0, without which goose stops. Today an
//! up inserts a row and a down deletes it; releases before v2.7 inserted a row with `is_applied` false instead. The
//! status of a version is that of its row with the latest `tstamp`, which is the server's `now()` without a zone.

use crate::peers::history::{PeerEntry, PeerState};
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type, Zone};

/// goose.
#[derive(Debug)]
pub(crate) struct Goose;

impl Peer for Goose {
    fn tool(&self) -> &'static str {
        "goose"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["goose_db_version"]
    }

    fn looks_like(&self) -> &'static str {
        "id integer, version_id bigint, is_applied boolean, tstamp timestamp"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.has(&[
            ("id", Type::Integer),
            ("version_id", Type::Integer),
            ("is_applied", Type::Boolean),
            ("tstamp", Type::Time),
        ])
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        vec![
            "version_id::text".to_owned(),
            "is_applied::text".to_owned(),
            table.moment("tstamp", Zone::Session),
        ]
    }

    fn order(&self) -> &'static str {
        "tstamp, id"
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let mut read = Interpreted::default();
        for (index, row) in rows.iter().enumerate().filter(|(_, row)| row.text(0) != "0") {
            let mut entry = PeerEntry::applied(row.text(0));
            entry.applied_at = row.moment(2);
            let later = rows.get(index + 1..).unwrap_or_default();
            entry.state = if later.iter().any(|other| other.text(0) == row.text(0)) {
                PeerState::Superseded
            } else if row.is_true(1) {
                PeerState::Applied
            } else {
                PeerState::RolledBack
            };
            read.entries.push(entry);
        }
        if !rows.iter().any(|row| row.text(0) == "0") {
            read.remark(
                "the row for version 0 is missing, with which goose begins its table; goose itself may stop",
            );
        }
        read
    }

    fn after_failure(&self) -> &'static str {
        "goose records no failures; what a migration with NO TRANSACTION left has to be undone by hand"
    }
}
