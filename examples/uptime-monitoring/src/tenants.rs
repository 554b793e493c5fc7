//! Tenants: made by the administration, with their first person; logging in.

use axum::{Json, extract::State};
use freehold_example_service::{Answer, Bearer, Refusal, administration, hash_password, verify_password};
use freehold_tenancy::{Error, Execute, TenantId, passwords::Verdict};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::App;

/// A tenant to be made.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewTenant {
    /// Its name.
    name: String,
    /// Its short name, lower case; the address of its status page.
    slug: String,
    /// `free`, `team`, `business` or `enterprise`; `free` when left out.
    plan: Option<String>,
    /// The address of its first person, lower case.
    email: String,
    /// At least ten characters.
    password: String,
}

/// A tenant that was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeTenant {
    /// The tenant.
    tenant_id: Uuid,
    /// Its first person.
    user_id: Uuid,
}

/// Makes a tenant with its first person.
#[utoipa::path(post, path = "/tenants", request_body = NewTenant,
    params(("x-admin-token" = String, Header, description = "opens the door to administration")),
    responses((status = 201, body = MadeTenant), (status = 401), (status = 409), (status = 422)))]
pub(crate) async fn add(
    State(app): State<App>,
    headers: HeaderMap,
    Json(new): Json<NewTenant>,
) -> Answer<(StatusCode, Json<MadeTenant>)> {
    administration(&headers, app.admin_token())?;
    let hash = hash_password(&new.password).await?;
    let system = app.0.db.system("a tenant is made")?;
    let (tenant_id, user_id) = (Uuid::new_v4(), Uuid::new_v4());
    let plan = new.plan.as_deref().unwrap_or("free");
    system
        .execute(
            "INSERT INTO tenants (id, name, slug, plan) VALUES ($1, $2, $3, $4)",
            &[&tenant_id, &new.name, &new.slug, &plan],
        )
        .await?;
    let id = TenantId::uuid(tenant_id).map_err(Error::from)?;
    let sql =
        "INSERT INTO users (tenant_id, id, email, password_hash, role) VALUES ($1, $2, $3, $4, 'owner')";
    app.0.db.tenant(&id).execute(sql, &[&id, &user_id, &new.email, &hash]).await?;
    Ok((StatusCode::CREATED, Json(MadeTenant { tenant_id, user_id })))
}

/// Who wants in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Login {
    /// The tenant's short name.
    tenant: String,
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
    let known = match by_slug(&app, &login.tenant.to_lowercase()).await? {
        Some(tenant) => {
            let sql = "SELECT id, password_hash FROM users WHERE tenant_id = $1 AND email = $2 AND is_active";
            let email = login.email.to_lowercase();
            let found: Option<(Uuid, String)> =
                app.0.db.tenant(&tenant).query_opt(sql, &[&tenant, &email]).await?;
            found.map(|(user, hash)| (tenant, user, hash))
        }
        None => None,
    };
    let wrong = || Refusal::unauthorized("tenant, address or password is wrong");
    let hash = known.as_ref().map(|(_, _, hash)| hash.as_str());
    let verdict = verify_password(&login.password, hash).await?;
    let Some((tenant, user, _)) = known.filter(|_| verdict.is_right()) else { return Err(wrong()) };
    let newer = match &verdict {
        Verdict::RightRehashed(hash) => Some(hash.as_str()),
        _ => None,
    };
    let sql = "UPDATE users SET last_login_at = now(), password_hash = coalesce($3, password_hash)
        WHERE tenant_id = $1 AND id = $2";
    app.0.db.tenant(&tenant).execute(sql, &[&tenant, &user, &newer]).await?;
    let token = app.0.bearers.issue(&Bearer { tenant, user }).ok_or_else(wrong)?;
    Ok(Json(serde_json::json!({ "token": token, "user_id": user })))
}

/// The tenant of a short name. No tenant is known before: the administration looks it up.
pub(crate) async fn by_slug(app: &App, slug: &str) -> Answer<Option<TenantId>> {
    let system = app.0.db.system("a short name is looked up")?;
    let sql = "SELECT id FROM tenants WHERE slug = $1 AND is_active AND deleted_at IS NULL";
    let found: Option<(Uuid,)> = system.query_opt(sql, &[&slug]).await?;
    Ok(found.map(|(id,)| TenantId::uuid(id)).transpose().map_err(Error::from)?)
}

/// Whether the service can answer.
#[utoipa::path(get, path = "/health", responses((status = 200), (status = 503)))]
pub(crate) async fn health(State(app): State<App>) -> Answer<Json<serde_json::Value>> {
    let system = app.0.db.system("is the database there?")?;
    system.query_value::<i32>("SELECT 1", &[]).await.map_err(|_| Refusal::unavailable())?;
    Ok(Json(serde_json::json!({ "database": true })))
}
