//! Who calls: the token becomes a tenant in the request's extensions, and the tenant a handle.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use freehold_example_service::{Answer, Person, Refusal, signed_in};
use freehold_tenancy::{Tenant, TenantId};
use http::request::Parts;

use crate::App;

/// How long a request may ask the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever calls, with the handle of his tenant.
pub(crate) struct Caller {
    /// The tenant's handle; what it writes is recorded under the person.
    pub(crate) tenant: Tenant,
    /// The tenant.
    pub(crate) tenant_id: TenantId,
}

/// Puts the tenant and the person that a bearer token speaks for into the request's extensions.
pub(crate) async fn authenticate(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Answer<Response> {
    signed_in(&app.0.bearers, &mut request)?;
    Ok(next.run(request).await)
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Answer<Self> {
        let tenant_id =
            TenantId::from_extensions(&parts.extensions).map_err(freehold_tenancy::Error::from)?;
        let Person(user) = Person::from_extensions(&parts.extensions)?;
        let tenant = app.0.db.tenant(&tenant_id).within(PATIENCE);
        let tenant = tenant.with_setting("app.current_user_id", &user.to_string())?;
        Ok(Self { tenant, tenant_id })
    }
}
