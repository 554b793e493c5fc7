//! Supabase: a row a migration in `supabase_migrations.schema_migrations`.
//!
//! Rules of its command (v2): the schema and the table cannot be changed; the columns `statements` and `name` were
//! added by later releases; a row is a migration that is applied, or was marked so by `migration repair`, and a
//! migration marked as reverted has its row deleted. The statements are kept as text, a checksum is not.

use crate::peers::history::PeerEntry;
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type};

/// Supabase.
#[derive(Debug)]
pub(crate) struct Supabase;

impl Peer for Supabase {
    fn tool(&self) -> &'static str {
        "supabase"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["supabase_migrations.schema_migrations"]
    }

    fn looks_like(&self) -> &'static str {
        "version text, statements text[], name text"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.has(&[("version", Type::Text)])
            && (table.name.schema == "supabase_migrations" || table.has(&[("statements", Type::Texts)]))
    }

    fn select(&self, table: &PeerTable) -> Vec<String> {
        let name = if table.column("name").is_some() { "name::text" } else { "null::text" };
        vec!["version::text".to_owned(), name.to_owned()]
    }

    fn order(&self) -> &'static str {
        "version collate \"C\""
    }

    fn interpret(&self, _table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let entry = |row: &RawRow| {
            let mut entry = PeerEntry::applied(row.text(0));
            entry.name = row.get(1).filter(|name| !name.is_empty()).map(str::to_owned);
            entry
        };
        Interpreted { entries: rows.iter().map(entry).collect(), remarks: Vec::new() }
    }

    fn after_failure(&self) -> &'static str {
        "Supabase records no failures"
    }
}
