//! Who calls: the token becomes a tenant in the request's extensions, and the tenant a handle.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Tenant, TenantId};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use uuid::Uuid;

use crate::App;

/// How long a request may ask the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// The person, beside the [`TenantId`] in the request's extensions.
#[derive(Debug, Clone, Copy)]
struct Person(Uuid);

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
pub(crate) async fn authenticate(State(app): State<App>, mut request: Request, next: Next) -> Answer<Response> {
    let token = bearer(request.headers()).ok_or(Refusal::unauthorized("a bearer token is missing"))?;
    let bearer = app.0.bearers.check(token).map_err(|error| match error {
        freehold_example_service::BearerError::Expired => Refusal::unauthorized("this token has expired"),
        freehold_example_service::BearerError::Forged => Refusal::unauthorized("this token opens nothing"),
    })?;
    request.extensions_mut().insert(bearer.tenant);
    request.extensions_mut().insert(Person(bearer.user));
    Ok(next.run(request).await)
}

/// The token of `Authorization: Bearer ...`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Answer<Self> {
        let org_id = TenantId::from_extensions(&parts.extensions).map_err(freehold_tenancy::Error::from)?;
        let person = parts.extensions.get::<Person>().copied();
        let Some(Person(user_id)) = person else { return Err(Refusal::unauthorized("nobody is logged in")) };
        let tenant = app.0.db.tenant(&org_id).within(PATIENCE).with_setting("app.current_user_id", &user_id.to_string())?;
        Ok(Self { tenant, org_id, user_id })
    }
}
