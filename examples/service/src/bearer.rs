//! Bearer tokens of people who logged in: signed, with an end, and nothing to look up.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use freehold_tenancy::TenantId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// Signs and checks tokens. `Debug` shows no key.
#[derive(Clone)]
pub struct Bearers {
    key: [u8; 32],
    lasts: Duration,
}

/// Who a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: Uuid,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// Not made here, changed, or cut off.
    #[error("this is no token of this service")]
    Forged,
    /// Its time is over.
    #[error("this token has expired: log in again")]
    Expired,
}

impl Bearers {
    /// With a key that is made now: tokens do not outlive the process.
    pub fn new(lasts: Duration) -> Self {
        let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
        let mut key = [0; 32];
        key.iter_mut()
            .zip(first.as_bytes().iter().chain(second.as_bytes()))
            .for_each(|(to, from)| *to = *from);
        Self { key, lasts }
    }

    /// A token for somebody who has proved who he is. `None` for tenants whose key is no uuid.
    pub fn issue(&self, bearer: &Bearer) -> Option<String> {
        let ends = now().saturating_add(self.lasts.as_secs());
        let mut token = bearer.tenant.as_uuid()?.as_bytes().to_vec();
        token.extend_from_slice(bearer.user.as_bytes());
        token.extend_from_slice(&ends.to_be_bytes());
        let mac = self.mac(&token)?.finalize().into_bytes();
        token.extend_from_slice(&mac);
        Some(URL_SAFE_NO_PAD.encode(token))
    }

    /// Who a token speaks for.
    ///
    /// # Errors
    /// [`BearerError`], when it is not from here or its time is over.
    pub fn check(&self, token: &str) -> Result<Bearer, BearerError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| BearerError::Forged)?;
        let (said, mac) = bytes.split_at_checked(40).ok_or(BearerError::Forged)?;
        self.mac(said).ok_or(BearerError::Forged)?.verify_slice(mac).map_err(|_| BearerError::Forged)?;
        let part = |from: usize| said.get(from..from + 16).and_then(|part| Uuid::from_slice(part).ok());
        let ends = said.get(32..).and_then(|ends| ends.try_into().ok()).map(u64::from_be_bytes);
        let (Some(tenant), Some(user), Some(ends)) = (part(0), part(16), ends) else {
            return Err(BearerError::Forged);
        };
        if ends <= now() {
            return Err(BearerError::Expired);
        }
        Ok(Bearer { tenant: TenantId::uuid(tenant).map_err(|_| BearerError::Forged)?, user })
    }

    fn mac(&self, said: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(said);
        Some(mac)
    }
}

impl std::fmt::Debug for Bearers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bearers").field("lasts", &self.lasts).finish_non_exhaustive()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Bearer {
        Bearer { tenant: TenantId::uuid(Uuid::from_u128(1)).unwrap(), user: Uuid::from_u128(2) }
    }

    #[test]
    fn a_token_speaks_for_whom_it_was_issued_to() {
        let bearers = Bearers::new(Duration::from_secs(60));
        let token = bearers.issue(&ada()).unwrap();
        assert_eq!(bearers.check(&token), Ok(ada()));
        assert_eq!(Bearers::new(Duration::from_secs(60)).check(&token), Err(BearerError::Forged));
        assert_eq!(bearers.check(&token[1..]), Err(BearerError::Forged));
        assert_eq!(bearers.check(""), Err(BearerError::Forged));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let bearers = Bearers::new(Duration::from_secs(60));
        let token = URL_SAFE_NO_PAD.decode(bearers.issue(&ada()).unwrap()).unwrap();
        for at in 0..token.len() {
            let mut changed = token.clone();
            changed[at] ^= 1;
            assert_eq!(bearers.check(&URL_SAFE_NO_PAD.encode(changed)), Err(BearerError::Forged), "{at}");
        }
    }

    #[test]
    fn a_token_has_an_end() {
        let bearers = Bearers::new(Duration::ZERO);
        assert_eq!(bearers.check(&bearers.issue(&ada()).unwrap()), Err(BearerError::Expired));
    }
}
