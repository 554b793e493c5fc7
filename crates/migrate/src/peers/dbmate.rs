//! dbmate: a row a migration in `schema_migrations`, with nothing but the version.
//!
//! Rules of its postgres driver (v2): the column is `version varchar primary key`, older releases gave it a length; a
//! row is inserted by the up and deleted by the down. golang-migrate gives its table the same name, Rails gives its
//! table the same name and form.

use crate::peers::history::PeerEntry;
use crate::peers::peer::{Interpreted, Peer, RawRow};
use crate::peers::table::{PeerTable, Type};

/// dbmate.
#[derive(Debug)]
pub(crate) struct Dbmate;

/// The table by which Rails is known; it stands beside `schema_migrations`.
pub(crate) const RAILS: &str = "ar_internal_metadata";

impl Peer for Dbmate {
    fn tool(&self) -> &'static str {
        "dbmate"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["schema_migrations"]
    }

    fn looks_like(&self) -> &'static str {
        "version varchar, and no other column"
    }

    fn recognises(&self, table: &PeerTable) -> bool {
        table.is_exactly(&[("version", Type::Text)]) && table.name.schema != "supabase_migrations"
    }

    fn select(&self, _table: &PeerTable) -> Vec<String> {
        vec!["version::text".to_owned()]
    }

    fn order(&self) -> &'static str {
        "version collate \"C\""
    }

    fn interpret(&self, table: &PeerTable, rows: &[RawRow]) -> Interpreted {
        let entries = rows.iter().map(|row| PeerEntry::applied(row.text(0))).collect();
        let mut read = Interpreted { entries, remarks: Vec::new() };
        if table.beside.iter().any(|name| name == RAILS) {
            read.remark(format!(
                "{RAILS} stands beside the table, so it is Rails' rather than dbmate's; both record a version a row"
            ));
        }
        read
    }

    fn after_failure(&self) -> &'static str {
        "dbmate records no failures; what a migration with transaction:false left has to be undone by hand"
    }
}
