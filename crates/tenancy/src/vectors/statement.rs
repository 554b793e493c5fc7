//! The statements of a search. Names are quoted, values are bound; but one, see [`Whose`].

use freehold_model::name::quote_literal;

use crate::{TenantId, quote_identifier, vectors::Space};

/// The name of the distance in an answer; ids and further columns may have any other.
pub(crate) const DISTANCE: &str = "freehold_distance";

/// How a search's statement names its tenant.
#[derive(Clone, Copy)]
pub(crate) enum Whose<'t> {
    /// Bound. `fenced` keeps the order from being taken from an index.
    Bound {
        /// Whether all rows are to be compared.
        fenced: bool,
    },
    /// Written into the statement: a partial index can be used only where the planner sees the constant of its
    /// predicate, and a statement with the constant in it is planned once for each connection instead of each time.
    /// Only tenants with an index of their own have such statements, so that there are few.
    Written {
        /// Whose vectors.
        tenant: &'t TenantId,
        /// The most rows that are wanted, which the planner has to know to take the index for the order; see
        /// [`most_rows`].
        most: usize,
    },
}

/// At least `wanted` rows, in few steps, so that limits do not each make a statement.
pub(crate) fn most_rows(wanted: usize) -> usize {
    wanted.next_power_of_two().max(16)
}

impl Space {
    /// `$1` the tenant, `$2` the vector, `$3` how many; with re-ranking `$4` the vector in full precision and `$5`
    /// how many of the `$3` candidates are wanted. The tenant's own index: the tenant is written into the statement
    /// and the other numbers are one less, see [`Whose`].
    ///
    /// The distance is computed in one place and named. For exact search it stands inside a sub-select with OFFSET 0,
    /// through which PostgreSQL does not look, so that no index over the vectors is taken for the order.
    pub(crate) fn search_statement(&self, usual_column: &str, whose: Whose<'_>, rerank: bool) -> String {
        let options = self.options();
        let columns = options.ids.iter().chain(&options.also);
        let columns = columns.map(|name| quote_identifier(name)).collect::<Vec<_>>().join(", ");
        let tenant = quote_identifier(self.tenant_column(usual_column));
        let searched = quote_identifier(self.searched().0);
        let operator = options.metric.operator();
        let table = self.table();
        let full = match &options.full {
            Some(full) if rerank => format!(", {} AS freehold_full", quote_identifier(full)),
            _ => String::new(),
        };
        let (is, first) = match whose {
            Whose::Bound { .. } => ("$1".to_owned(), 2),
            Whose::Written { tenant, .. } => (quote_literal(&tenant.to_string()), 1),
        };
        let own = format!(
            "SELECT {columns}{full}, {searched} {operator} ${first} AS {DISTANCE} \
             FROM {table} WHERE {tenant} = {is} AND {searched} IS NOT NULL"
        );
        let limit = first + 1;
        let near = match whose {
            Whose::Bound { fenced } => {
                let fence = if fenced { " OFFSET 0" } else { "" };
                format!("SELECT * FROM ({own}{fence}) AS own ORDER BY {DISTANCE} LIMIT ${limit}")
            }
            Whose::Written { most, .. } => format!(
                "SELECT * FROM (SELECT * FROM ({own}) AS own ORDER BY {DISTANCE} LIMIT {most}) AS first \
                 LIMIT ${limit}"
            ),
        };
        if full.is_empty() {
            return near;
        }
        let (full_vector, wanted) = (first + 2, first + 3);
        format!(
            "SELECT * FROM (SELECT {columns}, freehold_full {operator} ${full_vector} AS {DISTANCE} \
             FROM ({near}) AS near WHERE freehold_full IS NOT NULL OFFSET 0) AS ranked \
             ORDER BY {DISTANCE} LIMIT ${wanted}"
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
             (SELECT coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '') \
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
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
