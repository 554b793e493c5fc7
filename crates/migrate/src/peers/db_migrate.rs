//! db-migrate (Node): a row a migration in `migrations`.
//!
//! Rules of its pg driver (v1.5): the columns are `id serial, name varchar(255), run_on timestamp`; the name is a slash
//! (behind the scope's name, where there is one) and the file's name without its ending: `/20150207134657-pets`. A down
//! deletes the row.

use crate::folder::Migration;
use crate::peers::history::PeerEntry;
use crate::peers::node_pg_migrate::{COLUMNS, select};
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::PeerTable;
use crate::version::leading_digits;

/// db-migrate.
#[derive(Debug)]
pub(crate) struct DbMigrate;

impl Peer for DbMigrate {
    fn tool(&self) -> &'static str {
        "db-migrate"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["migrations"]
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
        let mut read = Interpreted::default();
        for row in rows {
            let (scope, file) = row.text(0).rsplit_once('/').unwrap_or(("", row.text(0)));
            if !scope.is_empty() {
                read.remark(format!("`{}` belongs to the scope {scope} and is left out", row.text(0)));
                continue;
            }
            let (digits, rest) = leading_digits(file).unwrap_or((file, ""));
            let mut entry = PeerEntry::applied(digits);
            entry.name = Some(rest.trim_start_matches('-').to_owned());
            entry.applied_at = row.moment(1);
            read.entries.push(entry);
        }
        read
    }

    fn is_same(&self, entry: &PeerEntry, migration: &Migration) -> bool {
        entry.version == migration.version && entry.name.as_deref() == Some(&migration.name)
    }

    fn after_failure(&self) -> &'static str {
        "db-migrate records no failures"
    }
}
