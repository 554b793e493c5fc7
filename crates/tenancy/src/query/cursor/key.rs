//! The keys that sign cursors.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A key that signs cursors. `Debug` shows its number alone.
///
/// ```
/// # use freehold_tenancy::query::{CursorKey, CursorKeyError};
/// let key = CursorKey::new(3, b"32 bytes from a secret of its own")?;
/// assert_eq!(format!("{key:?}"), "CursorKey { id: 3, .. }");
/// # Ok::<(), CursorKeyError>(())
/// ```
#[derive(Clone)]
pub struct CursorKey {
    id: u8,
    /// The MAC with the key taken in, so that the key itself is not kept.
    mac: Hmac<Sha256>,
}

/// Why a key can't be one.
///
/// ```
/// # use freehold_tenancy::query::{CursorKey, CursorKeyError};
/// let refused = CursorKey::new(1, b"too short").unwrap_err();
/// assert_eq!(refused, CursorKeyError { given: 9 });
/// assert_eq!(refused.to_string(), "a key of cursors has at least 32 random bytes, this one has 9");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key of cursors has at least {} random bytes, this one has {given}", CursorKey::SHORTEST)]
pub struct CursorKeyError {
    /// As many it has.
    pub given: usize,
}

impl CursorKey {
    /// Bytes that a key has at least.
    ///
    /// ```
    /// # use freehold_tenancy::query::CursorKey;
    /// assert!(CursorKey::new(1, &[7; CursorKey::SHORTEST]).is_ok());
    /// assert!(CursorKey::new(1, &[7; CursorKey::SHORTEST - 1]).is_err());
    /// ```
    pub const SHORTEST: usize = 32;

    /// A key with its number, which stands in every cursor that it signs: each key of a service has another.
    ///
    /// # Errors
    /// When it is shorter than [`CursorKey::SHORTEST`].
    ///
    /// ```
    /// # use freehold_tenancy::query::{CursorKey, CursorKeyError};
    /// assert!(CursorKey::new(1, b"32 bytes from a secret of its own").is_ok());
    /// assert_eq!(CursorKey::new(1, b"secret").unwrap_err(), CursorKeyError { given: 6 });
    /// ```
    pub fn new(id: u8, secret: &[u8]) -> Result<Self, CursorKeyError> {
        if secret.len() < Self::SHORTEST {
            return Err(CursorKeyError { given: secret.len() });
        }
        let mac = Hmac::new_from_slice(secret).map_err(|_| CursorKeyError { given: secret.len() })?;
        Ok(Self { id, mac })
    }

    /// Its number.
    ///
    /// ```
    /// # use freehold_tenancy::query::{CursorKey, CursorKeyError};
    /// assert_eq!(CursorKey::new(3, &[7; 32])?.id(), 3);
    /// # Ok::<(), CursorKeyError>(())
    /// ```
    pub fn id(&self) -> u8 {
        self.id
    }

    pub(super) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Takes the same time whatever it finds.
    pub(super) fn verifies(&self, parts: &[&[u8]], mac: &[u8]) -> bool {
        self.over(parts).verify_slice(mac).is_ok()
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CursorKey").field("id", &self.id).finish_non_exhaustive()
    }
}
