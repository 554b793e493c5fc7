//! Consents: what a person has agreed to. No face is stored without.

use axum::{Json, extract::Path};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Execute, FromRow};
use http::{HeaderMap, StatusCode, header::USER_AGENT};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Caller;

/// What a person agrees to.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewConsent {
    /// The tenant's own id of the person.
    external_id: String,
    /// `FACE_REGISTRATION`, `FACE_VERIFICATION` or `DATA_RETENTION`.
    consent_type: String,
    /// When it ends; never when left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// On what it rests; `consent` when left out.
    legal_basis: Option<String>,
}

/// A consent.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Consent {
    tenant_id: Uuid,
    id: Uuid,
    external_id: String,
    consent_type: String,
    #[schema(value_type = String, format = DateTime)]
    granted_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    legal_basis: String,
}

/// Records a consent.
#[utoipa::path(post, path = "/consents", request_body = NewConsent,
    responses((status = 201, body = Consent), (status = 409), (status = 422)))]
pub(crate) async fn grant(
    caller: Caller,
    headers: HeaderMap,
    Json(new): Json<NewConsent>,
) -> Answer<(StatusCode, Json<Consent>)> {
    caller.may("faces:write")?;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let basis = new.legal_basis.as_deref().unwrap_or("consent");
    let sql = "INSERT INTO consent_records (tenant_id, external_id, consent_type, expires_at, user_agent, legal_basis)
        VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING tenant_id, id, external_id, consent_type, granted_at, expires_at, revoked_at, legal_basis";
    let made = caller
        .tenant
        .query_one(
            sql,
            &[&caller.tenant_id, &new.external_id, &new.consent_type, &new.expires_at, &agent, &basis],
        )
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// All consents of a person, the latest first.
#[utoipa::path(get, path = "/consents/{external_id}", responses((status = 200, body = [Consent])))]
pub(crate) async fn list(caller: Caller, Path(person): Path<String>) -> Answer<Json<Vec<Consent>>> {
    let sql =
        "SELECT tenant_id, id, external_id, consent_type, granted_at, expires_at, revoked_at, legal_basis
        FROM consent_records WHERE tenant_id = $1 AND external_id = $2 ORDER BY granted_at DESC LIMIT 200";
    Ok(Json(caller.tenant.query(sql, &[&caller.tenant_id, &person]).await?))
}

/// Withdraws a consent; it stays as history.
#[utoipa::path(delete, path = "/consents/{external_id}/{consent_type}", responses((status = 204), (status = 404)))]
pub(crate) async fn withdraw(
    caller: Caller,
    Path((person, consent_type)): Path<(String, String)>,
) -> Answer<StatusCode> {
    caller.may("faces:write")?;
    let sql = "UPDATE consent_records SET revoked_at = greatest(now(), granted_at)
        WHERE tenant_id = $1 AND external_id = $2 AND consent_type = $3 AND revoked_at IS NULL";
    match caller.tenant.execute(sql, &[&caller.tenant_id, &person, &consent_type]).await? {
        0 => Err(Refusal::not_found("consent")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
