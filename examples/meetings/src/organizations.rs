//! Organisations: made by the administration, with their first person.

use axum::{Json, extract::State};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Execute, TenantId};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, people};

/// An organisation to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewOrganization {
    /// Its name.
    name: String,
    /// Its short name, lower case, unique.
    slug: String,
    /// The first person of it.
    owner: people::NewUser,
}

/// An organisation that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeOrganization {
    /// The organisation.
    org_id: Uuid,
    /// Its first person.
    user_id: Uuid,
}

/// Makes an organisation with its first person.
#[utoipa::path(post, path = "/organizations", request_body = NewOrganization,
    params(("x-admin-token" = String, Header, description = "opens the door to administration")),
    responses((status = 201, body = MadeOrganization), (status = 401), (status = 409), (status = 422)))]
pub(crate) async fn add(
    State(app): State<App>,
    headers: HeaderMap,
    Json(new): Json<NewOrganization>,
) -> Answer<(StatusCode, Json<MadeOrganization>)> {
    freehold_example_service::administration(&headers, &app.0.admin_token)?;
    let hash = freehold_example_service::hash_password(&new.owner.password).await?;
    let system = app.0.db.system("an organisation is made")?;
    let org_id = Uuid::new_v4();
    system
        .execute(
            "INSERT INTO organizations (org_id, name, slug) VALUES ($1, $2, $3)",
            &[&org_id, &new.name, &new.slug],
        )
        .await?;
    let tenant = app.0.db.tenant(&TenantId::uuid(org_id).map_err(freehold_tenancy::Error::from)?);
    let user_id = people::insert(&tenant, org_id, &new.owner, &hash).await?;
    Ok((StatusCode::CREATED, Json(MadeOrganization { org_id, user_id })))
}

/// Whether the service can answer.
#[utoipa::path(get, path = "/health", responses((status = 200), (status = 503)))]
pub(crate) async fn health(State(app): State<App>) -> Answer<Json<serde_json::Value>> {
    let system = app.0.db.system("is the database there?")?;
    system.query_value::<i32>("SELECT 1", &[]).await.map_err(|_| Refusal::unavailable())?;
    Ok(Json(serde_json::json!({ "database": true, "presence": app.0.presence.is_live().await })))
}
