//! A table of a database as far as it takes to recognise whose history it is.

use freehold_model::name::{QualifiedName, quote_identifier};

/// A column: its name and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerColumn {
    /// The name, unquoted.
    pub name: String,
    /// The type as `format_type` writes it without its length: `character varying`, `timestamp without time zone`.
    pub type_name: String,
}

impl PeerColumn {
    fn is_text(&self) -> bool {
        matches!(self.type_name.as_str(), "text" | "character varying" | "character")
    }

    fn is_integer(&self) -> bool {
        matches!(self.type_name.as_str(), "smallint" | "integer" | "bigint" | "numeric")
    }

    fn is_time(&self) -> bool {
        matches!(self.type_name.as_str(), "timestamp without time zone" | "timestamp with time zone")
    }
}

/// What a column has to be for a table to be a tool's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Texts,
    Integer,
    Boolean,
    Time,
    Bytes,
}

/// Which time zone a column without one was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// The tool sets its session to UTC.
    Utc,
    /// The tool leaves the session as the server sets it up.
    Session,
}

/// A table that may be a tool's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerTable {
    /// Where it is.
    pub name: QualifiedName,
    /// Its columns in their order.
    pub columns: Vec<PeerColumn>,
    /// Names of the other tables in the same schema that help to tell tools apart.
    pub beside: Vec<String>,
}

impl PeerTable {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&PeerColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// True when all of these columns are there with types that fit.
    pub(crate) fn has(&self, wanted: &[(&str, Type)]) -> bool {
        wanted.iter().all(|(name, wanted)| {
            self.column(name).is_some_and(|column| match wanted {
                Type::Text => column.is_text(),
                Type::Texts => column.type_name == "text[]" || column.type_name == "character varying[]",
                Type::Integer => column.is_integer(),
                Type::Boolean => column.type_name == "boolean",
                Type::Time => column.is_time(),
                Type::Bytes => column.type_name == "bytea",
            })
        })
    }

    /// True when the table has these columns and no other.
    pub(crate) fn is_exactly(&self, wanted: &[(&str, Type)]) -> bool {
        self.columns.len() == wanted.len() && self.has(wanted)
    }

    /// An expression that gives a column's moment as text in UTC that [`crate::RawRow`] reads.
    pub(crate) fn moment(&self, column: &str, zone: Zone) -> String {
        let quoted = quote_identifier(column);
        let has_zone = self.column(column).is_some_and(|c| c.type_name == "timestamp with time zone");
        let in_utc = match (has_zone, zone) {
            (true, _) => format!("{quoted} at time zone 'UTC'"),
            (false, Zone::Utc) => quoted,
            (false, Zone::Session) => {
                format!("({quoted} at time zone pg_catalog.current_setting('TimeZone')) at time zone 'UTC'")
            }
        };
        format!("pg_catalog.to_char({in_utc}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
    }

    /// The columns in words, for errors: `version bigint, dirty boolean`.
    pub(crate) fn in_words(&self) -> String {
        let columns = self.columns.iter().map(|column| format!("{} {}", column.name, column.type_name));
        columns.collect::<Vec<_>>().join(", ")
    }
}
