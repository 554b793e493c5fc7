//! The statements of a rotation.

use super::{KEY_BYTES, Rotation, SecretsError, Vault};
use crate::{Execute, Sql, Transaction, quote_identifier};

/// Types of key columns whose text is the same whatever the session's settings are.
const KEY_TYPES: [&str; 6] = ["uuid", "smallint", "integer", "bigint", "text", "character varying"];

pub(super) struct Statements {
    /// The first rows under older keys. Tenant, limit, prefix, prefix of the index.
    pub(super) first: Sql,
    /// Those after a key: the same, and the key's columns.
    pub(super) next: Sql,
    /// Tenant, old values, new values, indexes, and the keys' columns.
    pub(super) update: Sql,
    /// Makes the row of the progress, if it is not there.
    pub(super) enter: Sql,
    /// Reads and locks it.
    pub(super) read: Sql,
    /// Writes it.
    pub(super) save: Sql,
}

impl Statements {
    pub(super) async fn new(
        rotation: &Rotation,
        vault: &Vault,
        on: &Transaction,
    ) -> Result<Self, SecretsError> {
        let types = rotation.key_types(on).await?;
        let tenant = quote_identifier(&on.tenancy().column);
        let table = rotation.column.table_sql();
        let sealed = quote_identifier(&rotation.column.column);
        // With the table before them: in ORDER BY a bare name would be the text that is selected.
        let keys: Vec<String> =
            rotation.keys.iter().map(|key| format!("t.{}", quote_identifier(key))).collect();
        let (prefix, after) = if rotation.index.is_some() { ("$4", 5) } else { ("", 4) };
        let outdated = rotation.outdated_sql("$3", prefix);
        let read = keys.iter().map(|key| format!("{key}::text")).collect::<Vec<_>>().join(", ");
        let order = keys.join(", ");
        let bound: Vec<String> =
            types.iter().enumerate().map(|(at, ty)| format!("${}::text::{ty}", after + at)).collect();
        let bound = bound.join(", ");
        let select = format!("SELECT {read}, {sealed} FROM {table} AS t WHERE {tenant} = $1 AND {outdated}");
        let rotations = quote_identifier(&vault.settings().rotations);
        Ok(Self {
            first: Sql::vouched(format!("{select} ORDER BY {order} LIMIT $2")),
            next: Sql::vouched(format!("{select} AND ({order}) > ({bound}) ORDER BY {order} LIMIT $2")),
            update: update(rotation, &types, &tenant),
            enter: Sql::vouched(format!(
                "INSERT INTO {rotations} ({tenant}, relation, sealed_column, data_key)
                 VALUES ($1, $2, $3, '00000000-0000-0000-0000-000000000000')
                 ON CONFLICT ({tenant}, relation, sealed_column) DO NOTHING"
            )),
            read: Sql::vouched(format!(
                "SELECT data_key, index_version, walked_to, pass, expected, resealed, overtaken, unreadable,
                        unreadable_count, finished_at IS NOT NULL AS finished
                 FROM {rotations} WHERE {tenant} = $1 AND relation = $2 AND sealed_column = $3 FOR UPDATE"
            )),
            save: Sql::vouched(format!(
                "UPDATE {rotations} SET data_key = $4, index_version = $5, walked_to = $6, pass = $7, expected = $8,
                        resealed = $9, overtaken = $10, unreadable = $11, unreadable_count = $12,
                        finished_at = CASE WHEN $13 THEN now() END, updated_at = now(),
                        started_at = CASE WHEN data_key = $4 THEN started_at ELSE now() END
                 WHERE {tenant} = $1 AND relation = $2 AND sealed_column = $3"
            )),
        })
    }
}

/// Changes only what nobody else changed since it was read.
fn update(rotation: &Rotation, types: &[String], tenant: &str) -> Sql {
    let table = rotation.column.table_sql();
    let sealed = quote_identifier(&rotation.column.column);
    let (set, arrays, names, after) = match &rotation.index {
        Some((column, _)) => {
            let column = quote_identifier(column);
            (format!(", {column} = n.blind"), ", $4::bytea[]", ", blind", 5)
        }
        None => (String::new(), "", "", 4),
    };
    let mut unnested = format!("$2::bytea[], $3::bytea[]{arrays}");
    let mut named = format!("old, new{names}");
    let mut same = String::new();
    for (at, (key, ty)) in rotation.keys.iter().zip(types).enumerate() {
        unnested.push_str(&format!(", ${}::text[]", after + at));
        named.push_str(&format!(", k{at}"));
        same.push_str(&format!(" AND t.{} = n.k{at}::{ty}", quote_identifier(key)));
    }
    Sql::vouched(format!(
        "UPDATE {table} AS t SET {sealed} = n.new{set} FROM unnest({unnested}) AS n ({named})
         WHERE t.{tenant} = $1{same} AND t.{sealed} = n.old"
    ))
}

impl Rotation {
    /// Which values are not under the newest keys, by what they begin with.
    fn outdated_sql(&self, data: &str, index: &str) -> String {
        let sealed = quote_identifier(&self.column.column);
        let older = format!("substring({sealed} FROM 1 FOR {KEY_BYTES}) <> {data}");
        match &self.index {
            None => format!("({older})"),
            Some((column, _)) => {
                let column = quote_identifier(column);
                format!(
                    "({older} OR {sealed} IS NOT NULL AND ({column} IS NULL OR substring({column} FROM 1 FOR 4) <> {index}))"
                )
            }
        }
    }

    /// Counts them. Tenant, prefix, prefix of the index.
    pub(super) fn count_sql(&self, tenant: &str) -> Sql {
        let (table, tenant) = (self.column.table_sql(), quote_identifier(tenant));
        let outdated = self.outdated_sql("$2", "$3");
        Sql::vouched(format!("SELECT count(*) FROM {table} WHERE {tenant} = $1 AND {outdated}"))
    }

    /// The types of the key's columns, as they are written in SQL.
    async fn key_types(&self, on: &Transaction) -> Result<Vec<String>, SecretsError> {
        if self.keys.is_empty() {
            return Err(self.fails("no column is named that tells its rows apart"));
        }
        let mut types = Vec::with_capacity(self.keys.len());
        for key in &self.keys {
            let ty: Option<(String,)> = on
                .query_opt(
                    "SELECT pg_catalog.format_type(atttypid, NULL) FROM pg_catalog.pg_attribute
                     WHERE attrelid = pg_catalog.to_regclass($1) AND attname = $2 AND attnum > 0 AND NOT attisdropped",
                    &[&self.column.table_sql(), &key.as_ref()],
                )
                .await
                .map_err(SecretsError::store("asking for the types of the key's columns"))?;
            match ty {
                Some((ty,)) if KEY_TYPES.contains(&ty.as_str()) => types.push(ty),
                Some(_) => return Err(self.fails("a column of its key is neither uuid, integer nor text")),
                None => return Err(self.fails("there is no such table, or a column of its key is missing")),
            }
        }
        Ok(types)
    }
}
