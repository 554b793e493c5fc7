//! Tenants: made, suspended and served again by the administration.

use axum::{
    Json,
    extract::{Path, State},
};
use freehold_example_service::{Answer, Refusal, administration};
use freehold_tenancy::{Error, Execute, TenantId, api_keys::NewKey};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, caller::refused, keys::SCOPES};

/// A tenant to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewTenant {
    /// Its name.
    name: String,
    /// Its short name, lower case, unique.
    slug: String,
    /// Where technical notices go.
    contact_email: String,
    /// `STARTER`, `PRO` or `ENTERPRISE`; `STARTER` when left out.
    plan: Option<String>,
}

/// A tenant that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeTenant {
    /// The tenant.
    tenant_id: Uuid,
    /// Its first key, with all scopes. It is shown this once.
    api_key: String,
}

/// Makes a tenant with its first key.
#[utoipa::path(post, path = "/tenants", request_body = NewTenant,
    params(("x-admin-token" = String, Header, description = "opens the door to administration")),
    responses((status = 201, body = MadeTenant), (status = 401), (status = 409), (status = 422)))]
pub(crate) async fn add(
    State(app): State<App>,
    headers: HeaderMap,
    Json(new): Json<NewTenant>,
) -> Answer<(StatusCode, Json<MadeTenant>)> {
    administration(&headers, app.admin_token())?;
    let system = app.0.db.system("a tenant is made")?;
    let tenant_id = Uuid::new_v4();
    let plan = new.plan.as_deref().unwrap_or("STARTER");
    let sql = "INSERT INTO tenants (id, name, slug, status, plan, contact_email) VALUES ($1, $2, $3, 'ACTIVE', $4, $5)";
    system.execute(sql, &[&tenant_id, &new.name, &new.slug, &plan, &new.contact_email]).await?;
    let id = TenantId::uuid(tenant_id).map_err(Error::from)?;
    let first = SCOPES.iter().fold(NewKey::named("first key"), |key, scope| key.scope(scope));
    let issued = app.0.keys.issue(&app.0.db.tenant(&id), first).await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(MadeTenant { tenant_id, api_key: issued.key.expose().to_owned() })))
}

/// Whether a tenant is served.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Status {
    /// `ACTIVE`, `SUSPENDED` or `DELETED`.
    status: String,
}

/// Suspends a tenant, or serves it again.
#[utoipa::path(put, path = "/tenants/{tenant_id}/status", request_body = Status,
    responses((status = 204), (status = 401), (status = 404), (status = 422)))]
pub(crate) async fn set_status(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
    Json(new): Json<Status>,
) -> Answer<StatusCode> {
    administration(&headers, app.admin_token())?;
    let system = app.0.db.system("a tenant's status is set")?;
    let changed = system.execute("UPDATE tenants SET status = $2 WHERE id = $1", &[&id, &new.status]).await?;
    app.0.db.forget_status(&TenantId::uuid(id).map_err(Error::from)?).await;
    if changed == 0 { Err(Refusal::not_found("tenant")) } else { Ok(StatusCode::NO_CONTENT) }
}

/// Whether the service can answer.
#[utoipa::path(get, path = "/health", responses((status = 200), (status = 503)))]
pub(crate) async fn health(State(app): State<App>) -> Answer<Json<serde_json::Value>> {
    let system = app.0.db.system("is the database there?")?;
    system.query_value::<i32>("SELECT 1", &[]).await.map_err(|_| Refusal::unavailable())?;
    Ok(Json(serde_json::json!({ "database": true })))
}
