//! Who did what.

use axum::{
    Json,
    extract::{Path, Query},
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Execute, FromRow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::Caller;

/// One change.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Change {
    /// The organisation.
    org_id: Uuid,
    /// The entry.
    audit_log_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Which table.
    table_name: String,
    /// Which row.
    row_id: Uuid,
    /// `INSERT`, `UPDATE` or `DELETE`.
    action: String,
    /// Who.
    acting_user: Option<String>,
    /// The row before.
    #[schema(value_type = Option<Object>)]
    old_values: Option<serde_json::Value>,
    /// The row after.
    #[schema(value_type = Option<Object>)]
    new_values: Option<serde_json::Value>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Before {
    /// Only what happened before this time; now when left out.
    #[param(value_type = Option<String>)]
    before: Option<Timestamp>,
    /// At most so many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

impl Before {
    fn limit(&self) -> Answer<i64> {
        match self.limit.unwrap_or(50) {
            limit @ 1..=200 => Ok(limit),
            _ => Err(Refusal::invalid("limit is 1 to 200")),
        }
    }
}

/// What happened in the organisation, latest first.
#[utoipa::path(get, path = "/audit", params(Before), responses((status = 200, body = [Change])))]
pub(crate) async fn of_organization(caller: Caller, Query(page): Query<Before>) -> Answer<Json<Vec<Change>>> {
    let sql = "SELECT org_id, audit_log_id, created_at, table_name, row_id, action, acting_user, old_values, new_values
        FROM audit_logs WHERE org_id = $1 AND created_at < $2 ORDER BY created_at DESC, audit_log_id LIMIT $3";
    let before = page.before.unwrap_or_else(Timestamp::now);
    Ok(Json(caller.tenant.query(sql, &[&caller.org_id, &before, &page.limit()?]).await?))
}

/// What happened to one row, latest first.
#[utoipa::path(get, path = "/audit/{table}/{row}", params(Before), responses((status = 200, body = [Change])))]
pub(crate) async fn of_row(
    caller: Caller,
    Path((table, row)): Path<(String, Uuid)>,
    Query(page): Query<Before>,
) -> Answer<Json<Vec<Change>>> {
    let sql = "SELECT org_id, audit_log_id, created_at, table_name, row_id, action, acting_user, old_values, new_values
        FROM audit_logs WHERE org_id = $1 AND table_name = $2 AND row_id = $3 AND created_at < $4
        ORDER BY created_at DESC, audit_log_id LIMIT $5";
    let before = page.before.unwrap_or_else(Timestamp::now);
    Ok(Json(caller.tenant.query(sql, &[&caller.org_id, &table, &row, &before, &page.limit()?]).await?))
}
