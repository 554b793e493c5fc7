//! Monitors: what is probed, and how often.

use axum::{Json, extract::Path};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Execute, FromRow};
use http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Caller;

/// A monitor to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewMonitor {
    /// Its name, unique among the tenant's monitors.
    name: String,
    /// What is asked: `http://` or `https://`.
    url: String,
    /// Seconds between two checks, 10 to 86,400; 60 when left out.
    check_interval: Option<i32>,
}

/// A monitor.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Monitor {
    /// The tenant.
    pub(crate) tenant_id: Uuid,
    /// The monitor.
    pub(crate) id: Uuid,
    /// Its name.
    pub(crate) name: String,
    /// What is asked.
    pub(crate) url: String,
    /// Seconds between two checks.
    pub(crate) check_interval: i32,
    /// Whether it is probed.
    pub(crate) is_active: bool,
}

/// Makes a monitor.
#[utoipa::path(post, path = "/monitors", request_body = NewMonitor,
    responses((status = 201, body = Monitor), (status = 401), (status = 409), (status = 422)))]
pub(crate) async fn add(caller: Caller, Json(new): Json<NewMonitor>) -> Answer<(StatusCode, Json<Monitor>)> {
    let uri: Option<Uri> = new.url.parse().ok();
    let known =
        uri.as_ref().and_then(Uri::scheme_str).is_some_and(|scheme| ["http", "https"].contains(&scheme));
    if !known || uri.and_then(|uri| uri.host().map(str::is_empty)) != Some(false) {
        return Err(Refusal::invalid("url is an address such as https://example.com/health"));
    }
    let sql = "INSERT INTO monitors (tenant_id, id, name, url, check_interval) VALUES ($1, $2, $3, $4, $5)
        RETURNING tenant_id, id, name, url, check_interval, is_active";
    let (id, interval) = (Uuid::new_v4(), new.check_interval.unwrap_or(60));
    let made =
        caller.tenant.query_one(sql, &[&caller.tenant_id, &id, &new.name, &new.url, &interval]).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// The caller's monitors, by name; the first 500.
#[utoipa::path(get, path = "/monitors", responses((status = 200, body = [Monitor])))]
pub(crate) async fn list(caller: Caller) -> Answer<Json<Vec<Monitor>>> {
    let sql = "SELECT tenant_id, id, name, url, check_interval, is_active FROM monitors
        WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY name LIMIT 500";
    Ok(Json(caller.tenant.query(sql, &[&caller.tenant_id]).await?))
}

/// One monitor.
#[utoipa::path(get, path = "/monitors/{monitor_id}", responses((status = 200, body = Monitor), (status = 404)))]
pub(crate) async fn one(caller: Caller, Path(id): Path<Uuid>) -> Answer<Json<Monitor>> {
    let sql = "SELECT tenant_id, id, name, url, check_interval, is_active FROM monitors
        WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL";
    let found = caller.tenant.query_opt(sql, &[&caller.tenant_id, &id]).await?;
    found.map(Json).ok_or(Refusal::not_found("monitor"))
}

/// Removes a monitor, softly: its checks stay readable and its name becomes free.
#[utoipa::path(delete, path = "/monitors/{monitor_id}", responses((status = 204), (status = 404)))]
pub(crate) async fn remove(caller: Caller, Path(id): Path<Uuid>) -> Answer<StatusCode> {
    let sql = "UPDATE monitors SET deleted_at = now(), is_active = false
        WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL";
    match caller.tenant.execute(sql, &[&caller.tenant_id, &id]).await? {
        0 => Err(Refusal::not_found("monitor")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
