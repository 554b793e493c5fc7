//! People of an organisation: added, listed, logging in.

use axum::{Json, extract::State};
use freehold_example_service::{Answer, Bearer, Refusal, hash_password, verify_password};
use freehold_tenancy::{Execute, FromRow, Tenant, TenantId, passwords::Verdict};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, caller::Caller};

/// Somebody to be added.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewUser {
    /// The address to log in with, lower case.
    pub(crate) email: String,
    /// The name that others see.
    pub(crate) display_name: String,
    /// At least ten characters.
    pub(crate) password: String,
}

/// A person, as others see him.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct User {
    /// The organisation.
    org_id: Uuid,
    /// The person.
    user_id: Uuid,
    /// The name that others see.
    display_name: String,
}

/// Adds a person to the caller's organisation.
#[utoipa::path(post, path = "/users", request_body = NewUser,
    responses((status = 201), (status = 401), (status = 409), (status = 422)))]
pub(crate) async fn add(
    caller: Caller,
    Json(new): Json<NewUser>,
) -> Answer<(StatusCode, Json<serde_json::Value>)> {
    let hash = hash_password(&new.password).await?;
    let org_id = caller.org_id.as_uuid().unwrap_or_default();
    let user_id = insert(&caller.tenant, org_id, &new, &hash).await?;
    Ok((StatusCode::CREATED, Json(serde_json::json!({ "user_id": user_id }))))
}

/// The people of the caller's organisation, by name; the first 200.
#[utoipa::path(get, path = "/users", responses((status = 200, body = [User]), (status = 401)))]
pub(crate) async fn list(caller: Caller) -> Answer<Json<Vec<User>>> {
    let sql = "SELECT org_id, user_id, display_name FROM users WHERE org_id = $1 AND is_active ORDER BY display_name, user_id LIMIT 200";
    Ok(Json(caller.tenant.query(sql, &[&caller.org_id]).await?))
}

/// Who wants in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Login {
    /// The organisation's short name.
    organization: String,
    /// The address.
    email: String,
    /// The password.
    password: String,
}

/// Opens a session: the token goes into `Authorization: Bearer ...`.
#[utoipa::path(post, path = "/login", request_body = Login, responses((status = 200), (status = 401)))]
pub(crate) async fn log_in(
    State(app): State<App>,
    Json(login): Json<Login>,
) -> Answer<Json<serde_json::Value>> {
    // No tenant is known yet: the administration looks the name up.
    let system = app.0.db.system("somebody logs in")?;
    let slug = login.organization.to_lowercase();
    let org: Option<(Uuid,)> =
        system.query_opt("SELECT org_id FROM organizations WHERE slug = $1 AND is_active", &[&slug]).await?;
    let wrong = || Refusal::unauthorized("organisation, address or password is wrong");
    let known = match org {
        Some((org_id,)) => {
            let tenant = TenantId::uuid(org_id).map_err(freehold_tenancy::Error::from)?;
            let sql =
                "SELECT user_id, password_hash FROM users WHERE org_id = $1 AND email = $2 AND is_active";
            let handle = app.0.db.tenant(&tenant);
            let email = login.email.to_lowercase();
            let found: Option<(Uuid, String)> = handle.query_opt(sql, &[&tenant, &email]).await?;
            found.map(|(user, hash)| (tenant, user, hash))
        }
        None => None,
    };
    let hash = known.as_ref().map(|(_, _, hash)| hash.as_str());
    let verdict = verify_password(&login.password, hash).await?;
    let Some((tenant, user, _)) = known.filter(|_| verdict.is_right()) else { return Err(wrong()) };
    let newer = match &verdict {
        Verdict::RightRehashed(hash) => Some(hash.as_str()),
        _ => None,
    };
    let sql = "UPDATE users SET last_login_at = now(), password_hash = coalesce($3, password_hash)
        WHERE org_id = $1 AND user_id = $2";
    app.0.db.tenant(&tenant).execute(sql, &[&tenant, &user, &newer]).await?;
    let token = app.0.bearers.issue(&Bearer { tenant, user }).ok_or_else(wrong)?;
    Ok(Json(serde_json::json!({ "token": token, "user_id": user })))
}

/// Stores somebody.
pub(crate) async fn insert(tenant: &Tenant, org_id: Uuid, new: &NewUser, hash: &str) -> Answer<Uuid> {
    let user_id = Uuid::new_v4();
    let sql =
        "INSERT INTO users (org_id, user_id, email, display_name, password_hash) VALUES ($1, $2, $3, $4, $5)";
    tenant.execute(sql, &[&org_id, &user_id, &new.email, &new.display_name, &hash]).await?;
    Ok(user_id)
}
