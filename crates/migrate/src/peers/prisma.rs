//! Prisma Migrate: rows in `_prisma_migrations`, one for each attempt at a migration.
//!
//! Rules of its schema engine (v7): a row is inserted when a migration begins, and gets `finished_at` when it ended
//! well. A row with neither `finished_at` nor `rolled_back_at` is a failed migration, which stops `migrate deploy`; one
//! with `rolled_back_at` does not count any more. The checksum is SHA-256 of the file, hexadecimal, and files that
//! differ in LF and CRLF alone are equal; early releases wrote bytes below 16 with one digit.

use sha2::{Digest, Sha256};

use crate::folder::Migration;
use crate::peers::checksums::{Comparison, sha256, with_lf};
use crate::peers::history::{PeerChecksum, PeerEntry, PeerState};
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type, Zone};

/// Prisma Migrate.
#[derive(Debug)]
pub(crate) struct Prisma;

impl Peer for Prisma {
    fn tool(&self) -> &'static str {
        "prisma"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["_prisma_migrations"]
    }

    fn looks_like(&self) -> &'static str {
        "id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.has(&[
            ("id", Type::Text),
            ("checksum", Type::Text),
            ("finished_at", Type::Time),
            ("migration_name", Type::Text),
            ("rolled_back_at", Type::Time),
            ("started_at", Type::Time),
        ])
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        vec![
            "migration_name::text".to_owned(),
            "checksum::text".to_owned(),
            table.moment("finished_at", Zone::Session),
            "(finished_at is not null)::text".to_owned(),
            "(rolled_back_at is not null)::text".to_owned(),
            "logs::text".to_owned(),
            table.moment("started_at", Zone::Session),
        ]
    }

    fn order(&self) -> &'static str {
        "started_at, migration_name collate \"C\""
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let entry = |row: &RawRow| {
            let mut entry = PeerEntry::applied(row.text(0));
            entry.checksum = row
                .get(1)
                .filter(|sum| !sum.is_empty())
                .map(|sum| PeerChecksum { algorithm: "SHA-256", recorded: sum.to_owned() });
            entry.applied_at = row.moment(2);
            entry.duration = row.moment(2).zip(row.moment(6)).and_then(|(end, start)| {
                // A migration that was only marked as applied has one moment for both.
                end.duration_since(start)
                    .try_into()
                    .ok()
                    .filter(|duration| *duration > std::time::Duration::ZERO)
            });
            if row.is_true(4) {
                entry.state = PeerState::RolledBack;
            } else if !row.is_true(3) {
                entry.state = PeerState::Failed { why: failed(row.get(5)) };
            }
            entry
        };
        let mut read = Interpreted { entries: rows.iter().map(entry).collect(), remarks: Vec::new() };
        let entries = &read.entries;
        let counts = |name: &str| {
            entries.iter().any(|entry| entry.version == name && entry.state != PeerState::RolledBack)
        };
        let mut undone: Vec<&str> = entries.iter().map(|entry| entry.version.as_str()).collect();
        undone.retain(|name| !counts(name));
        undone.dedup();
        let remarks = undone.iter().map(|name| {
            format!(
                "{name} is marked as rolled back, so `migrate deploy` would apply it; `migrate status` does not name it"
            )
        });
        read.remarks = remarks.collect();
        read
    }

    fn compare(&self, recorded: &str, migration: &Migration) -> Comparison {
        let text = &migration.up.file.text;
        // The engine's own second and third form: CRLF for every LF, whatever stood before it.
        let forms = [text.clone(), with_lf(text), text.replace('\n', "\r\n")];
        let sum = |form: &String| if recorded.len() == 64 { sha256(form) } else { unpadded(form) };
        if forms.iter().any(|form| sum(form) == recorded) {
            Comparison::Same
        } else {
            Comparison::Differs { recorded: recorded.to_owned(), ours: sha256(text) }
        }
    }

    fn after_failure(&self) -> &'static str {
        "look at the database, then say what is true with `prisma migrate resolve --applied NAME` or `--rolled-back NAME`"
    }
}

fn failed(logs: Option<&str>) -> String {
    let said = logs.unwrap_or("").lines().map(str::trim).find(|line| !line.is_empty());
    let said = said.map(|line| line.chars().take(200).collect::<String>());
    let said = said.map(|line| format!("; its log begins `{line}`")).unwrap_or_default();
    format!("its row has neither finished_at nor rolled_back_at: it failed, or still runs{said}")
}

fn unpadded(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:x}")).collect()
}
