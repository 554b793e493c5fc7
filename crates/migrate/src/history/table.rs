//! The history's table: how it is made, and which columns it must have.

use crate::target::HistoryTable;

/// The version of the table's shape, kept in the table's comment.
pub(crate) const VERSION: u32 = 1;

const COMMENT: &str = "freehold migrations history, version ";

/// The columns of version 1, in order.
pub(crate) const COLUMNS: &[&str] = &[
    "id",
    "version",
    "name",
    "checksum",
    "direction",
    "state",
    "applied_at",
    "applied_by",
    "duration_ms",
    "ticket",
    "statement",
    "statements",
    "out_of_order",
    "source",
    "progress",
    "error",
    "script",
];

/// The statements that make the table, to be run in one transaction. `own_schema` says that the schema is Freehold's own
/// and has to be made as well.
pub(crate) fn make(history: &HistoryTable, own_schema: bool) -> String {
    let table = history.quoted();
    let schema = if own_schema {
        format!("CREATE SCHEMA IF NOT EXISTS {};\n", freehold_model::name::quote_identifier(&history.schema))
    } else {
        String::new()
    };
    // The number is given by the runner, which is alone: a sequence would be one more thing to copy with a schema.
    format!(
        "{schema}CREATE TABLE {table} (
    id bigint PRIMARY KEY,
    version text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    state text NOT NULL CHECK (state IN ('running', 'applied', 'failed', 'forced', 'baseline', 'adopted')),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by text NOT NULL,
    duration_ms bigint,
    ticket text,
    statement integer,
    statements integer,
    out_of_order boolean NOT NULL DEFAULT false,
    source text,
    progress jsonb,
    error text,
    script text
);
COMMENT ON TABLE {table} IS '{COMMENT}{VERSION}';"
    )
}

/// The version that a table's comment tells.
pub(crate) fn version_of(comment: &str) -> Option<u32> {
    comment.strip_prefix(COMMENT)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_columns_that_are_demanded() {
        let sql = make(&HistoryTable::new("freehold", "migrations"), true);
        for column in COLUMNS {
            assert!(sql.contains(&format!("    {column} ")), "{column}");
        }
        assert!(sql.starts_with("CREATE SCHEMA IF NOT EXISTS \"freehold\";"));
        assert!(!make(&HistoryTable::new("t1", "freehold_migrations"), false).contains("CREATE SCHEMA"));
    }

    #[test]
    fn the_version_is_read_from_the_comment() {
        assert_eq!(version_of("freehold migrations history, version 7"), Some(7));
        assert_eq!(version_of("migrations of the shop"), None);
    }
}
