//! API keys of the caller's tenant.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::api_keys::NewKey;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    App,
    caller::{Caller, refused},
};

/// What keys may be allowed to do.
pub(crate) const SCOPES: [&str; 4] = ["faces:write", "faces:verify", "faces:identify", "admin"];

/// A key to be issued.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Wanted {
    /// What the tenant calls it.
    name: String,
    /// What it may do: `faces:write`, `faces:verify`, `faces:identify`, `admin`.
    scopes: Vec<String>,
    /// Seconds until it expires; never when left out.
    expires_in: Option<u64>,
    /// Requests a minute, where they differ from the plan's.
    rate_limit: Option<i32>,
}

/// A key that was issued.
#[derive(Serialize, ToSchema)]
pub(crate) struct Issued {
    /// To revoke it by.
    id: Uuid,
    /// The key. It is shown this once.
    api_key: String,
}

/// A key in a list, without what opens the door.
#[derive(Serialize, ToSchema)]
pub(crate) struct Listed {
    id: Uuid,
    name: String,
    /// Its first characters.
    key_prefix: String,
    scopes: Vec<String>,
    revoked: bool,
}

/// Issues a key.
#[utoipa::path(post, path = "/keys", request_body = Wanted,
    responses((status = 201, body = Issued), (status = 403), (status = 422)))]
pub(crate) async fn issue(
    State(app): State<App>,
    caller: Caller,
    Json(wanted): Json<Wanted>,
) -> Answer<(StatusCode, Json<Issued>)> {
    caller.may("admin")?;
    let mut new = wanted.scopes.iter().fold(NewKey::named(&wanted.name), |key, scope| key.scope(scope));
    if let Some(seconds) = wanted.expires_in {
        new = new.expires_in(Duration::from_secs(seconds));
    }
    if let Some(limit) = wanted.rate_limit {
        new = new.rate_limit(limit);
    }
    let issued = app.0.keys.issue(&caller.tenant, new).await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(Issued { id: issued.id, api_key: issued.key.expose().to_owned() })))
}

/// All keys of the tenant.
#[utoipa::path(get, path = "/keys", responses((status = 200, body = [Listed]), (status = 403)))]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Answer<Json<Vec<Listed>>> {
    caller.may("admin")?;
    let keys = app.0.keys.list(&caller.tenant).await.map_err(refused)?;
    let listed = keys.into_iter().map(|key| Listed {
        id: key.id,
        name: key.name,
        key_prefix: key.key_prefix,
        scopes: key.scopes,
        revoked: key.revoked_at.is_some(),
    });
    Ok(Json(listed.collect()))
}

/// Takes a key back at once.
#[utoipa::path(delete, path = "/keys/{key_id}", responses((status = 204), (status = 403), (status = 404)))]
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Answer<StatusCode> {
    caller.may("admin")?;
    match app.0.keys.revoke(&caller.tenant, id).await.map_err(refused)? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refusal::not_found("key")),
    }
}
