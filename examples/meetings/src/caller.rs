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
use uuid::Uuid;

use crate::App;

/// How long a request may ask the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever calls, with the handle of his organisation.
pub(crate) struct Caller {
    /// The organisation's handle; what it writes is recorded under the person.
    pub(crate) tenant: Tenant,
    /// The organisation.
    pub(crate) org_id: TenantId,
    /// The person.
    pub(crate) user_id: Uuid,
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
        let org_id = TenantId::from_extensions(&parts.extensions).map_err(freehold_tenancy::Error::from)?;
        let Person(user_id) = Person::from_extensions(&parts.extensions)?;
        let tenant = app
            .0
            .db
            .tenant(&org_id)
            .within(PATIENCE)
            .with_setting("app.current_user_id", &user_id.to_string())?;
        Ok(Self { tenant, org_id, user_id })
    }
}
