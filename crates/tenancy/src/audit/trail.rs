//! Reading the trail: by the row that was changed, or by who changed it.

use serde_json::Value;

use super::{
    SCHEMA,
    entry::{COLUMNS, Entry, Page, Pages},
};
use crate::{Error, Execute, Param, Sql, quote_identifier};

/// Why the trail could not be read.
///
/// ```
/// use freehold_tenancy::audit::{self, Page, TrailError};
///
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// let no_object = audit::of_object(&tenant, "notes", &serde_json::json!(7), &Page::first(20)).await;
/// assert!(matches!(no_object, Err(TrailError::Key)));
/// let across = tenant.db().system("counting changes")?;
/// assert!(matches!(audit::head(&across).await, Err(TrailError::NoTenant)));
/// # Ok(())
/// # });
/// ```
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
/// ```
/// # use freehold_tenancy::{Execute, audit::{self, Page}};
/// use serde_json::json;
///
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// tenant.execute("UPDATE notes SET body = 'oat milk' WHERE id = 1", &[]).await?;
/// // The whole primary key, tenant and all, as it stands in `Entry::row_key`.
/// let key = json!({ "tenant_id": tenant.id().map(ToString::to_string), "id": 1 });
/// assert_eq!(audit::of_object(&tenant, "notes", &key, &Page::first(20)).await?.entries.len(), 1);
/// assert!(audit::of_object(&tenant, "notes", &json!({ "id": 1 }), &Page::first(20)).await?.entries.is_empty());
/// # Ok(())
/// # });
/// ```
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
/// ```
/// # use freehold_tenancy::{Execute, audit::{self, Actor, Page}};
/// # freehold_tenancy_ground::with_trail(|ground, tenant| async move {
/// let job = tenant.clone().acting_as(&Actor::user("job: tidy")?);
/// job.execute("UPDATE notes SET body = trim(body) || '.'", &[]).await?;
/// let did = audit::of_actor(&tenant, "job: tidy", &Page::first(20)).await?.entries;
/// assert_eq!(did.len(), 3);
/// assert!(audit::of_actor(&tenant, "ada", &Page::first(20)).await?.entries.is_empty());
/// # Ok(())
/// # });
/// ```
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
