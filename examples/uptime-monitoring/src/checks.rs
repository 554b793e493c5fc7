//! What the worker saw: the latest checks, and uptime by day.

use axum::{
    Json,
    extract::{Path, Query},
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Execute, FromRow};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    caller::Caller,
    days::{self, Day},
};

/// One check.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Check {
    /// The tenant.
    tenant_id: Uuid,
    /// The monitor.
    monitor_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    checked_at: Timestamp,
    /// `up`, `down` or `error`.
    status: String,
    /// Milliseconds; none when there was no answer.
    response_time: Option<i32>,
    /// The HTTP status; none when there was no answer.
    status_code: Option<i16>,
    /// Why there was no answer.
    error_message: Option<String>,
}

/// How many.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Latest {
    /// At most so many, 1 to 500; 50 when left out.
    limit: Option<i64>,
}

/// The latest checks of a monitor, of the last seven days.
#[utoipa::path(get, path = "/monitors/{monitor_id}/checks", params(Latest), responses((status = 200, body = [Check])))]
pub(crate) async fn latest(
    caller: Caller,
    Path(monitor): Path<Uuid>,
    Query(page): Query<Latest>,
) -> Answer<Json<Vec<Check>>> {
    let limit = page.limit.unwrap_or(50);
    if !(1..=500).contains(&limit) {
        return Err(Refusal::invalid("limit is 1 to 500"));
    }
    // The time keeps older partitions out.
    let since = Timestamp::now() - (7 * 24).hours();
    let sql = "SELECT tenant_id, monitor_id, checked_at, status, response_time, status_code, error_message
        FROM monitor_checks WHERE tenant_id = $1 AND monitor_id = $2 AND checked_at >= $3
        ORDER BY checked_at DESC LIMIT $4";
    Ok(Json(caller.tenant.query(sql, &[&caller.tenant_id, &monitor, &since, &limit]).await?))
}

/// Uptime by day, of the last ninety days, from the roll-up.
#[utoipa::path(get, path = "/monitors/{monitor_id}/days", responses((status = 200, body = [Day])))]
pub(crate) async fn days(caller: Caller, Path(monitor): Path<Uuid>) -> Answer<Json<Vec<Day>>> {
    Ok(Json(days::of_monitor(&caller.tenant, &caller.tenant_id, monitor).await?))
}
