//! Passwords and the administration's token.

use std::sync::OnceLock;

use freehold_tenancy::passwords::{PasswordError, Passwords, Verdict};
use http::{HeaderMap, StatusCode};
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

/// The hasher of this process: made once, since it bounds how many passwords are hashed at a time.
static PASSWORDS: OnceLock<Passwords> = OnceLock::new();

fn passwords() -> Answer<&'static Passwords> {
    if let Some(passwords) = PASSWORDS.get() {
        return Ok(passwords);
    }
    let made = Passwords::new().map_err(refused)?;
    Ok(PASSWORDS.get_or_init(|| made))
}

/// A password as it is stored.
///
/// # Errors
/// [`Refusal`] with 422 when it is too short or too long, with 503 when too many are being hashed.
pub async fn hash_password(password: &str) -> Answer<String> {
    let hash = passwords()?.hash(password).await.map_err(refused)?;
    Ok(hash.as_str().to_owned())
}

/// Whether a password fits a stored hash, and the hash to store instead where the stored one is of an older kind. It
/// takes as long when there is no hash, so that nobody learns who is known here.
///
/// # Errors
/// [`Refusal`] when the stored hash can't be read, with 503 when too many passwords are being verified.
pub async fn verify_password(password: &str, hash: Option<&str>) -> Answer<Verdict> {
    match passwords()?.verify(password, hash).await {
        // What could never have been stored is wrong, like any other wrong password.
        Err(PasswordError::TooLong { .. } | PasswordError::TooShort { .. }) => Ok(Verdict::Wrong),
        other => other.map_err(refused),
    }
}

fn refused(error: PasswordError) -> Refusal {
    match error {
        PasswordError::TooShort { .. } | PasswordError::TooLong { .. } => Refusal::invalid(error.to_string()),
        PasswordError::Busy | PasswordError::Stopped => Refusal::unavailable(),
        error => {
            tracing::error!(%error, "a password");
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
        }
    }
}
