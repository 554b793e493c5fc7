//! Who calls: the API key becomes a tenant in the request's extensions, and the tenant a handle.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use freehold_example_service::{Answer, Refusal, bearer};
use freehold_tenancy::{
    Tenant, TenantId,
    api_keys::{ApiKeyError, VerifiedKey},
};
use http::{StatusCode, request::Parts};

use crate::{App, limits};

/// How long a request may ask the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// The program that calls, with the handle of its tenant.
pub(crate) struct Caller {
    /// The tenant's handle; what it writes is recorded under the key.
    pub(crate) tenant: Tenant,
    /// The tenant.
    pub(crate) tenant_id: TenantId,
    key: VerifiedKey,
}

impl Caller {
    /// Goes on only if the key may do this.
    pub(crate) fn may(&self, scope: &str) -> Answer<()> {
        self.key.require(scope).map_err(refused)
    }
}

/// Puts the tenant and the key that a request shows into its extensions, if the tenant's plan allows one more request.
pub(crate) async fn authenticate(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Answer<Response> {
    let text = bearer(request.headers()).ok_or(Refusal::unauthorized("an API key is missing"))?;
    let key = app.0.keys.verify(text).await.map_err(refused)?;
    limits::pass(&app, &key).await?;
    request.extensions_mut().insert(key.tenant.clone());
    request.extensions_mut().insert(key);
    Ok(next.run(request).await)
}

/// What a caller may know about a key that opens nothing, or can't be made.
pub(crate) fn refused(error: ApiKeyError) -> Refusal {
    if let Some(refusal) = Refusal::below(&error) {
        return refusal;
    }
    match error.status() {
        StatusCode::BAD_REQUEST => Refusal::invalid(error.to_string()),
        status => Refusal::new(status, "key", error.to_string()),
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Answer<Self> {
        let tenant_id =
            TenantId::from_extensions(&parts.extensions).map_err(freehold_tenancy::Error::from)?;
        let key = parts.extensions.get::<VerifiedKey>().cloned();
        let key = key.ok_or(Refusal::unauthorized("an API key is missing"))?;
        let tenant = app.0.db.tenant(&tenant_id).within(PATIENCE);
        let tenant = tenant.with_setting("app.current_user_id", &format!("key {}", key.id))?;
        Ok(Self { tenant, tenant_id, key })
    }
}
