//! tern: one row in `schema_version`, the version that the database is at.
//!
//! Rules (v2): the table is `(version integer)` with one row; 0 means that nothing is applied; the number is raised or
//! lowered with each migration, in its own transaction where it has one.

use crate::peers::history::{PeerEntry, PeerState, StandsFor};
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type};
use crate::version::compare_digits;

/// tern.
#[derive(Debug)]
pub(crate) struct Tern;

impl Peer for Tern {
    fn tool(&self) -> &'static str {
        "tern"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["schema_version"]
    }

    fn looks_like(&self) -> &'static str {
        "version integer, and no other column"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.is_exactly(&[("version", Type::Integer)])
    }

    fn select(&self, _table: &PeerTable) -> Vec<String> {
        vec!["version::text".to_owned()]
    }

    fn order(&self) -> &'static str {
        "version"
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let mut read = Interpreted::default();
        for row in rows.iter().filter(|row| rows.len() > 1 || row.text(0) != "0") {
            let mut entry = PeerEntry::applied(row.text(0));
            entry.stands_for = StandsFor::UpTo;
            if rows.len() > 1 {
                let why = format!(
                    "the table holds {} rows, tern keeps one and takes whichever comes first",
                    rows.len()
                );
                entry.state = PeerState::Failed { why };
            }
            read.entries.push(entry);
        }
        if rows.is_empty() {
            read.remark("the table is empty, which tern itself takes for an error");
        }
        read
    }

    fn reaches(&self, up_to: &str, version: &str) -> bool {
        !up_to.starts_with('-') && compare_digits(version, up_to).is_le()
    }

    fn after_failure(&self) -> &'static str {
        "look at the database, and set the version in the table to the one that it is at"
    }
}
