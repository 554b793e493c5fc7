//! The statements of a search. Names are quoted, values are bound.

use crate::{
    quote_identifier,
    vectors::{Space, Strategy},
};

/// The name of the distance in an answer; ids and further columns may have any other.
pub(crate) const DISTANCE: &str = "freehold_distance";

impl Space {
    /// `$1` the tenant, `$2` the vector, `$3` how many; with re-ranking `$4` the vector in full precision and `$5`
    /// how many of the `$3` candidates are wanted.
    ///
    /// The distance is computed in one place and named. For exact search it stands inside a sub-select with OFFSET 0,
    /// through which PostgreSQL does not look, so that no index over the vectors is taken for the order.
    pub(crate) fn search_statement(&self, usual_column: &str, strategy: Strategy, rerank: bool) -> String {
        let options = self.options();
        let columns = options.ids.iter().chain(&options.also);
        let columns = columns.map(|name| quote_identifier(name)).collect::<Vec<_>>().join(", ");
        let tenant = quote_identifier(self.tenant_column(usual_column));
        let searched = quote_identifier(self.searched().0);
        let operator = options.metric.operator();
        let table = self.table();
        let fence = if strategy == Strategy::Exact { " OFFSET 0" } else { "" };
        let full = match &options.full {
            Some(full) if rerank => format!(", {} AS freehold_full", quote_identifier(full)),
            _ => String::new(),
        };
        let near = format!(
            "SELECT * FROM (SELECT {columns}{full}, {searched} {operator} $2 AS {DISTANCE} \
             FROM {table} WHERE {tenant} = $1 AND {searched} IS NOT NULL{fence}) AS own ORDER BY {DISTANCE} LIMIT $3"
        );
        if full.is_empty() {
            return near;
        }
        format!(
            "SELECT * FROM (SELECT {columns}, freehold_full {operator} $4 AS {DISTANCE} \
             FROM ({near}) AS near WHERE freehold_full IS NOT NULL OFFSET 0) AS ranked ORDER BY {DISTANCE} LIMIT $5"
        )
    }

    /// `$1` the tenant, `$2` where to stop counting, `$3` the table, `$4` the tenant's index, `$5` the column, `$6`
    /// its operator class.
    pub(crate) fn standing_statement(&self, usual_column: &str) -> String {
        let tenant = quote_identifier(self.tenant_column(usual_column));
        let searched = quote_identifier(self.searched().0);
        let table = self.table();
        format!(
            "SELECT (SELECT count(*) FROM (SELECT FROM {table} WHERE {tenant} = $1 AND {searched} IS NOT NULL \
             LIMIT $2) AS counted), \
             EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             WHERE i.indrelid = pg_catalog.to_regclass($3) AND c.relname = $4 AND i.indisvalid), \
             EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             JOIN pg_catalog.pg_am m ON m.oid = c.relam \
             JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[0] \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
             WHERE i.indrelid = pg_catalog.to_regclass($3) AND m.amname = 'hnsw' AND i.indisvalid \
             AND i.indpred IS NULL AND a.attname = $5 AND o.opcname = $6), \
             (SELECT e.extversion FROM pg_catalog.pg_extension e WHERE e.extname = 'vector')"
        )
    }

    /// `$1` the tenant, `$2` how many: vectors drawn at random, as they are searched.
    pub(crate) fn draw_statement(&self, usual_column: &str) -> String {
        let tenant = quote_identifier(self.tenant_column(usual_column));
        let searched = quote_identifier(self.searched().0);
        let table = self.table();
        format!(
            "SELECT {searched} FROM {table} WHERE {tenant} = $1 AND {searched} IS NOT NULL \
             ORDER BY pg_catalog.random() LIMIT $2"
        )
    }
}
