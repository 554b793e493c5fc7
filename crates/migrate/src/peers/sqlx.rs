//! sqlx: a row a migration in `_sqlx_migrations`, with SHA-384 of the file.
//!
//! Rules of its postgres driver (v0.9): the row is inserted with `success` true in the migration's own transaction, or
//! after it where there is none; older releases could leave false behind, which sqlx calls dirty and goes no further.
//! A version that has no file, and a checksum that differs, stop sqlx. `execution_time` is in nanoseconds, -1 until
//! it is known. `ignored-chars` in `sqlx.toml` leaves characters out of the checksum.

use std::time::Duration;

use crate::folder::Migration;
use crate::peers::checksums::{Comparison, sha384, with_crlf, with_lf};
use crate::peers::history::{PeerChecksum, PeerEntry, PeerState};
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type, Zone};
use crate::script::BYTE_ORDER_MARK;

/// sqlx.
#[derive(Debug)]
pub(crate) struct Sqlx;

impl Peer for Sqlx {
    fn tool(&self) -> &'static str {
        "sqlx"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["_sqlx_migrations"]
    }

    fn looks_like(&self) -> &'static str {
        "version bigint, description text, installed_on timestamptz, success boolean, checksum bytea, execution_time \
         bigint"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.has(&[
            ("version", Type::Integer),
            ("description", Type::Text),
            ("installed_on", Type::Time),
            ("success", Type::Boolean),
            ("checksum", Type::Bytes),
            ("execution_time", Type::Integer),
        ])
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        vec![
            "version::text".to_owned(),
            "description::text".to_owned(),
            table.moment("installed_on", Zone::Session),
            "success::text".to_owned(),
            "pg_catalog.encode(checksum, 'hex')".to_owned(),
            "execution_time::text".to_owned(),
        ]
    }

    fn order(&self) -> &'static str {
        "installed_on, version"
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let entry = |row: &RawRow| {
            let mut entry = PeerEntry::applied(row.text(0));
            entry.name = row.get(1).map(str::to_owned);
            entry.applied_at = row.moment(2);
            if !row.is_true(3) {
                entry.state = PeerState::Failed {
                    why: "its row has success = false: it began and did not end, which sqlx calls dirty"
                        .to_owned(),
                };
            }
            entry.checksum =
                row.get(4).map(|sum| PeerChecksum { algorithm: "SHA-384", recorded: sum.to_owned() });
            entry.duration = row.number(5).and_then(|n| u64::try_from(n).ok()).map(Duration::from_nanos);
            entry
        };
        Interpreted { entries: rows.iter().map(entry).collect(), remarks: Vec::new() }
    }

    fn compare(&self, recorded: &str, migration: &Migration) -> Comparison {
        let text = &migration.up.file.text;
        let ours = sha384(text);
        if ours == recorded {
            return Comparison::Same;
        }
        let bare = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let is = |text: &str| sha384(text) == recorded;
        let without = |left_out: &[char]| text.replace(|c: char| left_out.contains(&c), "");
        // The second and third are the sets that sqlx's own documentation proposes for `ignored-chars`.
        if is(&with_lf(text)) || is(&with_crlf(text)) || is(&without(&['\r'])) {
            Comparison::SameBut { what: "line ends" }
        } else if is(bare) || is(&format!("{BYTE_ORDER_MARK}{bare}")) {
            Comparison::SameBut { what: "the byte order mark" }
        } else if is(&without(&[' ', '\t', '\r', '\n', BYTE_ORDER_MARK])) {
            Comparison::SameBut { what: "white space" }
        } else {
            Comparison::Differs { recorded: recorded.to_owned(), ours }
        }
    }

    fn after_failure(&self) -> &'static str {
        "undo by hand what the migration left, delete its row from the table and run it again"
    }
}
