//! Passwords and the administration's token.

use http::HeaderMap;
use subtle::ConstantTimeEq;

use crate::{Answer, Refusal};

/// Lets in who shows the administration's token in `x-admin-token`.
///
/// # Errors
/// [`Refusal`] with 401 without it.
pub fn administration(headers: &HeaderMap, token: &str) -> Answer<()> {
    let shown = headers.get("x-admin-token").map(http::HeaderValue::as_bytes).unwrap_or_default();
    if bool::from(shown.ct_eq(token.as_bytes())) {
        return Ok(());
    }
    Err(Refusal::unauthorized("this needs the administration's token in x-admin-token"))
}
