//! golang-migrate: one row in `schema_migrations`, the version that the database is at.
//!
//! Rules of its postgres and pgx drivers (v4.19): the table is `(version bigint primary key, dirty boolean)`; before a
//! script runs the row is replaced by the version that it leads to with `dirty` set, after it the mark is taken back.
//! An up leads to its own version, a down to the version before, and the down of the first to -1. No row: nothing is
//! applied. Which of the older migrations really ran is not recorded.

use crate::peers::history::{PeerEntry, PeerState, StandsFor};
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type};
use crate::version::compare_digits;

/// golang-migrate.
#[derive(Debug)]
pub(crate) struct GolangMigrate;

impl Peer for GolangMigrate {
    fn tool(&self) -> &'static str {
        "golang-migrate"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["schema_migrations"]
    }

    fn looks_like(&self) -> &'static str {
        "version bigint, dirty boolean"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.is_exactly(&[("version", Type::Integer), ("dirty", Type::Boolean)])
    }

    fn select(&self, _table: &PeerTable) -> Vec<String> {
        vec!["version::text".to_owned(), "dirty::text".to_owned()]
    }

    fn order(&self) -> &'static str {
        "version"
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let mut read = Interpreted::default();
        let several = rows.len() > 1;
        for row in rows {
            let mut entry = PeerEntry::applied(row.text(0));
            entry.stands_for = StandsFor::UpTo;
            if several {
                let why = format!(
                    "the table holds {} rows, golang-migrate keeps one and takes whichever comes first",
                    rows.len()
                );
                entry.state = PeerState::Failed { why };
            } else if row.is_true(1) {
                entry.state = PeerState::Failed { why: dirty(row.text(0)) };
            }
            read.entries.push(entry);
        }
        match rows {
            [] => read.remark("the table is empty, which golang-migrate takes for a database without migrations"),
            [_] => read.remark(
                "golang-migrate records one number only: that every older migration was applied follows from it, and \
                 is recorded of none",
            ),
            _ => {}
        }
        read
    }

    fn reaches(&self, up_to: &str, version: &str) -> bool {
        !up_to.starts_with('-') && compare_digits(version, up_to).is_le()
    }

    fn after_failure(&self) -> &'static str {
        "look at the database, finish or undo by hand what is half done, then say which version it is at with \
         `migrate force VERSION`"
    }
}

fn dirty(version: &str) -> String {
    if version == "-1" {
        return "the row is dirty at -1: the down of the first migration did not end well".to_owned();
    }
    format!(
        "the row is dirty: either the up of {version} or the down of the migration after it did not end well, and the \
         table does not say which; a script of several statements without its own BEGIN is undone by the server as a \
         whole"
    )
}
