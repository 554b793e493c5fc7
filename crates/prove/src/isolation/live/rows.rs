//! Rows of a tenant, by their primary keys: asked for as the role that connects.

use freehold_model::catalog::Relation;

use super::{Live, quoted};
use crate::isolation::{error::IsolationError, world::tenant_of};

/// How many rows are asked for by their keys.
const MOST: usize = 3;

/// Rows of one tenant.
pub(super) struct Rows {
    /// How many there are, up to the number that is asked for.
    pub(super) count: usize,
    /// A condition with variables for the keys; none without a primary key.
    pub(super) condition: Option<String>,
    /// The variables with their values; never shown.
    pub(super) keys: Vec<(String, String)>,
}

/// Some rows of A or B in a table; an error's condition is told where they could not be read in time.
pub(super) async fn of(
    live: &Live<'_>,
    relation: &Relation,
    of_b: bool,
) -> Result<Result<Rows, String>, IsolationError> {
    let Some(tenant) = tenant_of(live.catalog, live.tenancy, relation.oid, "r") else {
        return Ok(Err("its tenant cannot be told".to_owned()));
    };
    // A comparison in the column's own type can go by an index.
    let tenant = match live.tenancy.column_of(relation.oid) {
        Some(column) => {
            format!("r.{} = {}", quoted(column), freehold_model::name::quote_literal(live.tenants.key(of_b)))
        }
        None => format!("{tenant} = {}", freehold_model::name::quote_literal(live.tenants.key(of_b))),
    };
    let columns: Vec<String> = relation.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
    let list: Vec<String> =
        columns.iter().map(|name| format!("r.{}::pg_catalog.text", quoted(name))).collect();
    let list = if list.is_empty() { "NULL".to_owned() } else { list.join(", ") };
    let sql = format!("SELECT {list} FROM {} r WHERE {tenant} LIMIT {MOST}", relation.name.quoted());
    let found = match live.session.query(&sql, &[]).await {
        Ok(found) => found,
        Err(error) if error.server().is_some() => {
            let state = error.sqlstate().map(|state| format!(" ({state})")).unwrap_or_default();
            return Ok(Err(format!("its rows could not be read{state}")));
        }
        Err(error) => {
            return Err(IsolationError::own(format!("reading the keys of {}", relation.name))(error));
        }
    };
    let (mut keys, mut conditions) = (Vec::new(), Vec::new());
    for (number, row) in found.iter().enumerate() {
        let mut parts = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let name = format!("key_{}_{}", number + 1, at + 1);
            let value: Option<String> = row.get(at);
            parts.push(format!("{} = :'{name}'", quoted(column)));
            keys.push((name, value.unwrap_or_default()));
        }
        conditions.push(format!("({})", parts.join(" AND ")));
    }
    let condition = (!columns.is_empty()).then(|| conditions.join(" OR "));
    Ok(Ok(Rows { count: found.len(), condition, keys }))
}
