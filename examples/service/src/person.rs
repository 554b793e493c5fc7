//! Somebody who is logged in, in a request's extensions.

use axum::extract::Request;
use http::{Extensions, HeaderMap, header::AUTHORIZATION};
use uuid::Uuid;

use crate::{Answer, BearerError, Bearers, Refusal};

/// The person, beside the [`TenantId`](freehold_tenancy::TenantId) in the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person(pub Uuid);

impl Person {
    /// Who is logged in.
    ///
    /// # Errors
    /// [`Refusal`] with 401 when nobody is.
    pub fn from_extensions(extensions: &Extensions) -> Answer<Self> {
        extensions.get::<Self>().copied().ok_or(Refusal::unauthorized("nobody is logged in"))
    }
}

/// Puts the tenant and the person that a bearer token speaks for into the request's extensions.
///
/// # Errors
/// [`Refusal`] with 401 when the token is missing, forged or expired.
pub fn signed_in(bearers: &Bearers, request: &mut Request) -> Answer<()> {
    let token = bearer(request.headers()).ok_or(Refusal::unauthorized("a bearer token is missing"))?;
    let bearer = bearers.check(token).map_err(|error| match error {
        BearerError::Expired => Refusal::unauthorized("this token has expired: log in again"),
        BearerError::Forged => Refusal::unauthorized("this token opens nothing"),
    })?;
    request.extensions_mut().insert(bearer.tenant);
    request.extensions_mut().insert(Person(bearer.user));
    Ok(())
}

/// The token of `Authorization: Bearer ...`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}
