//! postgres-migrations (Node): a row a migration in `migrations`, with SHA-1 of name and text.
//!
//! Rules (v5.3): the columns are `id integer, name varchar(100), hash varchar(40), executed_at timestamp`; the hash is
//! SHA-1 of the file's name followed by its text, hexadecimal; the row with id 0 is the tool's own table. There are no
//! downs, and a hash that differs stops the tool.

use crate::folder::Migration;
use crate::peers::checksums::{Comparison, sha1, with_crlf, with_lf};
use crate::peers::history::{PeerChecksum, PeerEntry};
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type, Zone};

/// postgres-migrations.
#[derive(Debug)]
pub(crate) struct PostgresMigrations;

impl Peer for PostgresMigrations {
    fn tool(&self) -> &'static str {
        "postgres-migrations"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["migrations"]
    }

    fn looks_like(&self) -> &'static str {
        "id integer, name varchar, hash varchar(40), executed_at timestamp"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.has(&[
            ("id", Type::Integer),
            ("name", Type::Text),
            ("hash", Type::Text),
            ("executed_at", Type::Time),
        ])
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        let executed_at = table.moment("executed_at", Zone::Session);
        vec!["id::text".to_owned(), "name::text".to_owned(), "hash::text".to_owned(), executed_at]
    }

    fn order(&self) -> &'static str {
        "id"
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let entry = |row: &RawRow| {
            let mut entry = PeerEntry::applied(row.text(0));
            entry.name = row.get(1).map(str::to_owned);
            entry.checksum =
                row.get(2).map(|sum| PeerChecksum { algorithm: "SHA-1", recorded: sum.to_owned() });
            entry.applied_at = row.moment(3);
            entry
        };
        let migrations = rows.iter().filter(|row| row.text(0) != "0");
        Interpreted { entries: migrations.map(entry).collect(), remarks: Vec::new() }
    }

    fn compare(&self, recorded: &str, migration: &Migration) -> Comparison {
        let file = &migration.up.file;
        let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let sum = |text: &str| sha1(&[&name, text]);
        let ours = sum(&file.text);
        if ours == recorded {
            Comparison::Same
        } else if [with_lf(&file.text), with_crlf(&file.text)].iter().any(|text| sum(text) == recorded) {
            Comparison::SameBut { what: "line ends" }
        } else {
            Comparison::Differs { recorded: recorded.to_owned(), ours }
        }
    }

    fn after_failure(&self) -> &'static str {
        "postgres-migrations records no failures"
    }
}
