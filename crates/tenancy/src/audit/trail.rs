//! Reading the trail: by the row that was changed, or by who changed it.

use serde_json::Value;

use super::{
    SCHEMA,
    entry::{COLUMNS, Entry, Page, Pages},
};
use crate::{Error, Execute, Param, Sql, quote_identifier};

/// Why the trail could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrailError {
    /// The key of a row is an object from column to value.
    #[error("asking for the changes of a row: its key is an object from column to value, as {{\"id\": 7}}")]
    Key,
    /// Work across tenants has to be held to one of them first.
    #[error("asking the audit trail without a tenant: take System::within_tenant")]
    NoTenant,
    /// The query failed.
    #[error("reading the audit trail")]
    Read(#[from] Error),
    /// The chain can be followed only at one moment.
    #[error("following the chain of the audit trail")]
    Chain(#[source] Error),
}

/// The changes of one row, the newest first. `table` and `key` as the trail records them ([`Entry`]).
///
/// # Errors
/// [`TrailError::Key`] when `key` is no object; [`TrailError::Read`].
pub async fn of_object(
    on: &impl Execute,
    table: &str,
    key: &Value,
    page: &Page,
) -> Result<Pages, TrailError> {
    if key.as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(TrailError::Key);
    }
    read(on, "table_name = $2 AND row_key = $3", &[&table, key], page).await
}

/// What one user did, the newest first: `user` as [`Actor::user`](super::Actor::user) was given it.
///
/// # Errors
/// [`TrailError::Read`].
pub async fn of_actor(on: &impl Execute, user: &str, page: &Page) -> Result<Pages, TrailError> {
    read(on, "acting_user = $2", &[&user], page).await
}

async fn read(
    on: &impl Execute,
    condition: &str,
    values: &[Param<'_>],
    page: &Page,
) -> Result<Pages, TrailError> {
    let tenant = on.tenant_id().ok_or(TrailError::NoTenant)?;
    let limit = page.limit + 1;
    let mut params: Vec<Param<'_>> = vec![tenant];
    params.extend_from_slice(values);
    let next = params.len() + 1;
    let before = page.before.map(|position| (position.at, position.id));
    let older = match &before {
        Some((at, id)) => {
            params.push(at);
            params.push(id);
            format!(" AND (at, id) < (${next}, ${})", next + 1)
        }
        None => String::new(),
    };
    params.push(&limit);
    let sql = Sql::vouched(format!(
        "SELECT {COLUMNS} FROM {}.audit_log WHERE {} = $1 AND {condition}{older} ORDER BY at DESC, id DESC LIMIT ${}",
        quote_identifier(SCHEMA),
        quote_identifier(&on.tenancy().column),
        params.len()
    ));
    let mut entries: Vec<Entry> = on.query(sql, &params).await?;
    let more = i64::try_from(entries.len()).is_ok_and(|count| count > page.limit);
    if more {
        entries.pop();
    }
    let next = if more { entries.last().map(|entry| entry.position) } else { None };
    Ok(Pages { entries, next })
}
