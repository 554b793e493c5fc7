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
    /// Bound, and what is nearest is found among ids and vectors alone, which the covering index has; what else is
    /// asked for comes from the table, by the ids.
    Covered {
        /// The most rows that are wanted, so that the planner knows that they are few.
        most: usize,
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

fn each<'n>(names: impl Iterator<Item = &'n String>, between: &str, text: impl Fn(&str) -> String) -> String {
    names.map(|name| text(name)).collect::<Vec<_>>().join(between)
}

/// A condition: no two rows of a tenant have the same ids, and every row has all of them. Of a table's name as text,
/// an array of the ids' columns, and the tenant's column.
pub(crate) fn ids_are_a_key(table: &str, ids: &str, tenant: &str) -> String {
    format!(
        "(NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = pg_catalog.to_regclass({table}) \
         AND a.attname = ANY({ids}) AND NOT a.attnotnull) \
         AND EXISTS (SELECT FROM pg_catalog.pg_index u WHERE u.indrelid = pg_catalog.to_regclass({table}) \
         AND u.indisunique AND u.indisvalid AND u.indimmediate AND u.indpred IS NULL AND u.indexprs IS NULL \
         AND NOT EXISTS (SELECT FROM pg_catalog.unnest((u.indkey::int2[])[0:u.indnkeyatts - 1]) AS k(attnum) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = u.indrelid AND a.attnum = k.attnum \
         WHERE a.attname <> {tenant} AND a.attname <> ALL({ids}))))"
    )
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
        let ids: Vec<String> = options.ids.iter().map(|name| quote_identifier(name)).collect();
        let also: Vec<String> = options.also.iter().map(|name| quote_identifier(name)).collect();
        let columns = [ids.as_slice(), &also].concat().join(", ");
        let tenant = quote_identifier(self.tenant_column(usual_column));
        let searched = quote_identifier(self.searched().0);
        let operator = options.metric.operator();
        let table = self.table();
        let full = options.full.as_deref().filter(|_| rerank).map(quote_identifier);
        let (is, first) = match whose {
            Whose::Bound { .. } | Whose::Covered { .. } => ("$1".to_owned(), 2),
            Whose::Written { tenant, .. } => (quote_literal(&tenant.to_string()), 1),
        };
        let own = |columns: &str| {
            format!(
                "SELECT {columns}, {searched} {operator} ${first} AS {DISTANCE} \
                 FROM {table} WHERE {tenant} = {is} AND {searched} IS NOT NULL"
            )
        };
        let with_full = |columns: String, of: &str| match &full {
            Some(full) => format!("{columns}, {of}{full} AS freehold_full"),
            None => columns,
        };
        let limit = first + 1;
        let near = match whose {
            Whose::Bound { fenced } => {
                let (own, fence) =
                    (own(&with_full(columns.clone(), "")), if fenced { " OFFSET 0" } else { "" });
                format!("SELECT * FROM ({own}{fence}) AS own ORDER BY {DISTANCE} LIMIT ${limit}")
            }
            Whose::Covered { most } => {
                let own = own(&ids.join(", "));
                let first = format!("SELECT * FROM ({own} OFFSET 0) AS own ORDER BY {DISTANCE} LIMIT {most}");
                let found = each(ids.iter().chain(&also), ", ", |name| format!("found.{name}"));
                let same = each(ids.iter(), " AND ", |name| format!("found.{name} = near.{name}"));
                format!(
                    "SELECT {}, near.{DISTANCE} FROM (SELECT * FROM ({first}) AS first LIMIT ${limit}) AS near \
                     JOIN {table} AS found ON found.{tenant} = {is} AND {same} ORDER BY near.{DISTANCE}",
                    with_full(found, "found.")
                )
            }
            Whose::Written { most, .. } => format!(
                "SELECT * FROM (SELECT * FROM ({}) AS own ORDER BY {DISTANCE} LIMIT {most}) AS first LIMIT ${limit}",
                own(&with_full(columns.clone(), ""))
            ),
        };
        if full.is_none() {
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
    /// its operator class, `$7` the covering index, `$8` the ids, `$9` the tenant's column.
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
             (SELECT e.extversion FROM pg_catalog.pg_extension e WHERE e.extname = 'vector'), \
             EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             WHERE i.indrelid = pg_catalog.to_regclass($3) AND c.relname = $7 AND i.indisvalid) AND {}",
            ids_are_a_key("$3", "$8", "$9")
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
