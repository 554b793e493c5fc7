//! Flyway: a row an event in `flyway_schema_history` (before version 5 in `schema_version`).
//!
//! Rules of its info service (v12): rows are events in the order of `installed_rank`. A baseline row stands for every
//! migration up to its version; a row of type DELETE takes back the latest row of its version or description, one of
//! type UNDO_… the latest that is applied; of a repeatable migration, known by its description, the latest row counts.
//! `success` false is a failed migration. The checksum is CRC-32 over the lines without their ends; a file whose
//! description differs is refused as well. Times have no zone and were written in that of Flyway's own session.

use std::time::Duration;

use crate::folder::{Migration, MigrationKind};
use crate::formats::flyway_names::{Prefix, compare, parse};
use crate::peers::checksums::{Comparison, crc32_of_lines};
use crate::peers::history::{PeerChecksum, PeerEntry, PeerState, StandsFor};
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type, Zone};

/// Flyway.
#[derive(Debug)]
pub(crate) struct Flyway;

/// Where a description ends in the table: longer ones are cut to 197 characters and three dots.
const DESCRIPTION_MAX: usize = 200;

impl Peer for Flyway {
    fn tool(&self) -> &'static str {
        "flyway"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["flyway_schema_history", "schema_version"]
    }

    fn looks_like(&self) -> &'static str {
        "installed_rank, version, description, type, script, checksum, installed_by, installed_on, execution_time, \
         success"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.has(&[
            ("installed_rank", Type::Integer),
            ("version", Type::Text),
            ("description", Type::Text),
            ("type", Type::Text),
            ("script", Type::Text),
            ("checksum", Type::Integer),
            ("installed_by", Type::Text),
            ("installed_on", Type::Time),
            ("execution_time", Type::Integer),
            ("success", Type::Boolean),
        ])
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        let mut columns = ["version", "description", "type", "checksum", "installed_by"]
            .map(|column| format!("\"{column}\"::text"))
            .to_vec();
        columns.push(table.moment("installed_on", Zone::Session));
        columns.extend(["execution_time::text".to_owned(), "success::text".to_owned()]);
        columns
    }

    fn order(&self) -> &'static str {
        "installed_rank"
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let mut read = Interpreted::default();
        for row in rows {
            event(&mut read, row);
        }
        read
    }

    fn is_same(&self, entry: &PeerEntry, migration: &Migration) -> bool {
        if migration.kind == MigrationKind::Repeatable || entry.version.is_empty() {
            migration.kind == MigrationKind::Repeatable
                && entry.version.is_empty()
                && entry.name.as_deref() == Some(&description(migration))
        } else {
            compare(&entry.version, &migration.version).is_eq()
        }
    }

    fn reaches(&self, up_to: &str, version: &str) -> bool {
        compare(version, up_to).is_le()
    }

    fn needs_file_of_last(&self) -> bool {
        false
    }

    fn is_file_of(&self, entry: &PeerEntry, file: &str) -> bool {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let Some(Ok(name)) = parse(&format!("{stem}.sql")) else { return false };
        match name.prefix {
            Prefix::Versioned | Prefix::Baseline => {
                !entry.version.is_empty() && compare(&name.version, &entry.version).is_eq()
            }
            Prefix::Repeatable => {
                entry.version.is_empty()
                    && entry.name.as_deref() == Some(&shortened(&name.description.replace('_', " ")))
            }
            Prefix::Undo => false,
        }
    }

    fn version_of_file(&self, file: &str) -> Option<String> {
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let name = parse(&format!("{stem}.sql"))?.ok()?;
        (name.prefix == Prefix::Versioned).then_some(name.version)
    }

    fn compare(&self, recorded: &str, migration: &Migration) -> Comparison {
        let ours = crc32_of_lines(&migration.up.file.text).to_string();
        if ours == recorded {
            Comparison::Same
        } else {
            Comparison::Differs { recorded: recorded.to_owned(), ours }
        }
    }

    fn discrepancy(&self, entry: &PeerEntry, migration: &Migration) -> Option<String> {
        let (recorded, ours) = (entry.name.as_deref().unwrap_or(""), description(migration));
        (recorded != ours && entry.stands_for == StandsFor::Itself).then(|| {
            format!(
                "{} is recorded with the description `{recorded}`, its file says `{ours}`; Flyway's validate refuses \
                 that",
                entry.version
            )
        })
    }

    fn after_failure(&self) -> &'static str {
        "undo by hand what the migration left, then take its row out with `flyway repair`"
    }
}

/// Takes one row into what was read so far.
fn event(read: &mut Interpreted, row: &RawRow) {
    let (version, name, kind) = (row.text(0), row.text(1), row.text(2));
    let is_success = row.is_true(7);
    let is_same = |entry: &&mut PeerEntry| {
        if version.is_empty() {
            entry.version.is_empty() && entry.name.as_deref() == Some(name)
        } else {
            !entry.version.is_empty() && compare(&entry.version, version).is_eq()
        }
    };
    let mut earlier = read.entries.iter_mut().filter(is_same);
    if kind == "SCHEMA" {
        return;
    }
    if kind == "DELETE" {
        let latest = earlier
            .rfind(|entry| entry.stands_for == StandsFor::Itself && entry.state != PeerState::RolledBack);
        if let Some(latest) = latest.filter(|_| is_success) {
            latest.state = PeerState::RolledBack;
            let label = latest.label();
            read.remark(format!(
                "{label} was marked as deleted by `flyway repair`; Flyway counts it as not applied"
            ));
        }
        return;
    }
    if kind.starts_with("UNDO_") {
        if let Some(latest) = earlier.rfind(|entry| entry.state == PeerState::Applied) {
            latest.state = if is_success {
                PeerState::RolledBack
            } else {
                PeerState::Failed { why: "its undo has success = false: it did not end well".to_owned() }
            };
        }
        return;
    }
    if version.is_empty() {
        earlier
            .filter(|entry| entry.state != PeerState::RolledBack)
            .for_each(|entry| entry.state = PeerState::Superseded);
    }
    let mut entry = PeerEntry::applied(version);
    entry.name = Some(name.to_owned());
    entry.checksum = row.get(3).map(|sum| PeerChecksum { algorithm: "CRC-32", recorded: sum.to_owned() });
    entry.applied_by = row.get(4).map(str::to_owned);
    entry.applied_at = row.moment(5);
    entry.duration = row.number(6).and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
    if kind == "BASELINE" || kind.ends_with("_BASELINE") {
        entry.stands_for = StandsFor::UpTo;
    }
    if !is_success {
        entry.state =
            PeerState::Failed { why: "its row has success = false: it did not end well".to_owned() };
    }
    read.entries.push(entry);
}

/// A file's description as the table has it.
fn description(migration: &Migration) -> String {
    shortened(&migration.name.replace('_', " "))
}

fn shortened(description: &str) -> String {
    // Java counts UTF-16 units; beyond the basic plane a description of 200 is cut a little later here.
    if description.chars().count() <= DESCRIPTION_MAX {
        description.to_owned()
    } else {
        format!("{}...", description.chars().take(DESCRIPTION_MAX - 3).collect::<String>())
    }
}
