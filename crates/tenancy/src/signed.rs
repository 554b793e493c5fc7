//! A context that can't be forged: the tenant travels with a keyed MAC that the database checks once for a query.
//!
//! A setting such as `app.current_tenant_id` is no boundary for anyone who can make a session run SQL of their choice: a
//! `set_config` in a sub-select changes the tenant in the middle of a statement. Where that has to hold, the application
//! sends [`SigningKey::sign`]'s token in place of the bare key, and policies ask a `SECURITY DEFINER` function that checks
//! it against a key which the application's role can't read ([`SignedContext`] writes the migration).
//!
//! ```
//! use freehold_tenancy::{Tenancy, signed::{SignedContext, SigningKey}};
//!
//! let context = SignedContext::of(&Tenancy::default());
//! assert!(context.up().contains("SECURITY DEFINER"));
//! assert_eq!(context.condition(), r#"(SELECT "tenant_context".current_tenant())"#);
//! // 64 hex digits from a secret store: `openssl rand -hex 32`.
//! let key = SigningKey::from_hex(1, &"5c".repeat(32))?;
//! assert_eq!(format!("{key:?}"), "SigningKey { id: 1, .. }");
//! # Ok::<(), freehold_tenancy::signed::SigningKeyError>(())
//! ```

mod migration;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use migration::SignedContext;

use crate::{Error, TenantId};

/// How long a token is good for by default: it has to be there until the transaction that takes it on has begun.
///
/// ```
/// use freehold_tenancy::{TenantId, signed::{LIFE, SigningKey}};
///
/// let key = SigningKey::from_hex(1, &"5c0d".repeat(16))?;
/// let (made, expires) = (1_000, 1_000 + LIFE.as_secs());
/// assert!(key.sign_at(&TenantId::bigint(7)?, made)?.starts_with(&format!("1.1.{made}.{expires}.")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const LIFE: Duration = Duration::from_secs(60);

/// The key with which tenants are signed, and its number. Only the application and the table of keys have it.
///
/// ```
/// # use freehold_tenancy::Execute;
/// # freehold_tenancy_ground::with_signed(|ground, context, key| async move {
/// # let tenant = freehold_tenancy_ground::tenant(1);
/// let db = ground.builder().signed(key).open().await?;
/// // Signed on the way: the application's code is the same as without.
/// let notes: i64 = db.tenant(&tenant).query_value("SELECT count(*) FROM notes", &[]).await?;
/// assert_eq!(notes, 3);
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct SigningKey {
    id: u32,
    bytes: Zeroizing<[u8; 32]>,
    life: Duration,
    made: Arc<Mutex<HashMap<TenantId, Made>>>,
}

/// A token, and when it was made, in seconds since 1970.
struct Made {
    at: u64,
    token: Zeroizing<String>,
}

/// Tokens of so many tenants are kept for the first half of their life.
const KEPT: usize = 10_000;

/// Why something is no key.
///
/// ```
/// use freehold_tenancy::signed::{SigningKey, SigningKeyError};
///
/// let refused = SigningKey::from_hex(1, &"00".repeat(32)).unwrap_err();
/// assert_eq!(refused, SigningKeyError::Placeholder);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// Keys are numbered from 1.
    #[error("a signing key's number is {0}; keys are numbered from 1 to 999999999")]
    Number(u32),
    /// Not 32 bytes.
    #[error(
        "a signing key has 32 bytes, so 64 hex digits (`openssl rand -hex 32` makes one); {0} were given"
    )]
    Length(usize),
    /// Other letters than hex digits.
    #[error("a signing key is written in hex digits")]
    Hex,
    /// All bytes are zero: a placeholder.
    #[error("the signing key is all zeroes: that is a placeholder, no key")]
    Placeholder,
}

impl SigningKey {
    /// A key of 32 random bytes. `id` is the number under which the database knows it, from 1.
    ///
    /// ```
    /// use freehold_tenancy::{secrets::Key, signed::{SigningKey, SigningKeyError}};
    ///
    /// assert_eq!(SigningKey::new(1, *Key::generate()?.expose())?.id(), 1);
    /// let refused = SigningKey::new(0, *Key::generate()?.expose());
    /// assert!(matches!(refused, Err(SigningKeyError::Number(0))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SigningKeyError::Number`] for 0 or more than nine digits.
    pub fn new(id: u32, bytes: [u8; 32]) -> Result<Self, SigningKeyError> {
        if id == 0 || id > 999_999_999 {
            return Err(SigningKeyError::Number(id));
        }
        Ok(Self { id, bytes: Zeroizing::new(bytes), life: LIFE, made: Arc::default() })
    }

    /// A key from 64 hex digits, as it stands in a file or a secret store.
    ///
    /// # Errors
    /// [`SigningKeyError`], which never repeats the text.
    ///
    /// ```
    /// use freehold_tenancy::signed::{SigningKey, SigningKeyError};
    ///
    /// assert_eq!(SigningKey::from_hex(1, "abc").unwrap_err(), SigningKeyError::Length(3));
    /// ```
    pub fn from_hex(id: u32, text: &str) -> Result<Self, SigningKeyError> {
        let text = text.trim();
        if text.len() != 64 {
            return Err(SigningKeyError::Length(text.len()));
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(text, bytes.as_mut()).map_err(|_| SigningKeyError::Hex)?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(SigningKeyError::Placeholder);
        }
        Self::new(id, *bytes)
    }

    /// The same key, whose tokens are good for this long: seconds, at most one day. Longer than any transaction waits for
    /// its connection; how long the transaction then lasts does not matter.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::{TenantId, signed::SigningKey};
    ///
    /// let key = SigningKey::from_hex(1, &"5c0d".repeat(16))?;
    /// let (short, tenant) = (key.tokens_live(Duration::from_secs(5)), TenantId::bigint(7)?);
    /// assert!(short.sign_at(&tenant, 1_000)?.starts_with("1.1.1000.1005."));
    /// // At least a second, at most a day.
    /// assert!(short.tokens_live(Duration::ZERO).sign_at(&tenant, 1_000)?.starts_with("1.1.1000.1001."));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn tokens_live(mut self, life: Duration) -> Self {
        self.life = life.clamp(Duration::from_secs(1), Duration::from_secs(86_400));
        self.made = Arc::default();
        self
    }

    /// The number under which the database knows it.
    ///
    /// ```
    /// use freehold_tenancy::signed::SigningKey;
    ///
    /// assert_eq!(SigningKey::from_hex(2, &"5c0d".repeat(16))?.id(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The token that stands for a tenant; it is good for at least half of [`SigningKey::tokens_live`], and made anew after
    /// that. It is a secret while
    /// it is good: it belongs into a bound parameter, never into a statement's text or a log.
    ///
    /// ```
    /// use freehold_tenancy::{TenantId, signed::SigningKey};
    ///
    /// let key = SigningKey::from_hex(1, &"5c0d".repeat(16))?;
    /// let (acme, other) = (TenantId::text("acme")?, TenantId::text("other")?);
    /// // Version, number of the key, when it was made, when it ends, signature, tenant.
    /// assert_eq!(key.sign(&acme)?.split('.').count(), 6);
    /// assert!(key.sign(&acme)?.ends_with(".acme"));
    /// assert_ne!(key.sign(&acme)?, key.sign(&other)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setup`] when the clock stands before 1970.
    pub fn sign(&self, tenant: &TenantId) -> Result<String, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| {
            Error::Setup("the clock stands before 1970, so that no tenant can be signed".to_owned())
        })?;
        let now = now.as_secs();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = made.get(tenant)
            && now >= kept.at
            && now - kept.at < self.life.as_secs() / 2
        {
            return Ok(kept.token.to_string());
        }
        let token = self.sign_at(tenant, now)?;
        if made.len() >= KEPT {
            made.clear();
        }
        made.insert(tenant.clone(), Made { at: now, token: Zeroizing::new(token.clone()) });
        Ok(token)
    }

    /// The token as it would be made at a time, in seconds since 1970: for tests of clocks that differ.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # freehold_tenancy_ground::with_signed(|ground, context, key| async move {
    /// # let tenant = freehold_tenancy_ground::tenant(1);
    /// use freehold_tenancy::signed::{Refusal, refusal};
    ///
    /// # let db = ground.db().await;
    /// let transaction = db.tenant(&tenant).begin().await?;
    /// // Made in 1970, so over for long.
    /// let token = key.sign_at(&tenant, 0)?;
    /// transaction.execute("SELECT set_config('app.current_tenant_id', $1, true)", &[&token]).await?;
    /// let refused = transaction.execute("DELETE FROM notes", &[]).await.unwrap_err();
    /// assert_eq!(refusal(&refused), Some(Refusal::Expired));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Setup`] when the key can't be used.
    pub fn sign_at(&self, tenant: &TenantId, now: u64) -> Result<String, Error> {
        let expires = now.saturating_add(self.life.as_secs());
        let head = format!("1.{}.{now}.{expires}", self.id);
        let mut mac = Hmac::<Sha256>::new_from_slice(self.bytes.as_ref())
            .map_err(|_| Error::Setup("the signing key has a length that HMAC does not take".to_owned()))?;
        mac.update(head.as_bytes());
        mac.update(b".");
        mac.update(tenant.to_string().as_bytes());
        Ok(format!("{head}.{}.{tenant}", hex::encode(mac.finalize().into_bytes())))
    }

    /// The bytes of the key, each combined with `with`, and padded to a block: what HMAC begins with.
    fn pad(&self, with: u8) -> [u8; 64] {
        let mut pad = [with; 64];
        for (to, byte) in pad.iter_mut().zip(self.bytes.iter()) {
            *to ^= byte;
        }
        pad
    }
}

/// The number; never the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why the database took a context for none.
///
/// ```
/// # use freehold_tenancy::Execute;
/// # freehold_tenancy_ground::with_signed(|ground, context, key| async move {
/// # let tenant = freehold_tenancy_ground::tenant(1);
/// use freehold_tenancy::signed::{Refusal, SigningKey, refusal};
///
/// // The database knows another key under this number.
/// let db = ground.builder().signed(SigningKey::from_hex(1, &"0b1c".repeat(16))?).open().await?;
/// let refused = db.tenant(&tenant).execute("DELETE FROM notes", &[]).await.unwrap_err();
/// assert_eq!(refusal(&refused), Some(Refusal::Invalid));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The signature does not hold: another key, a key that was retired, a text that was tampered with or never signed.
    Invalid,
    /// The token's time is over, or has not come by the database's clock: compare the clocks.
    Expired,
}

/// Whether an error is the database's refusal of a signed context, and why.
///
/// ```
/// use freehold_tenancy::{Error, signed::refusal};
///
/// assert_eq!(refusal(&Error::Deadline), None);
/// ```
pub fn refusal(error: &Error) -> Option<Refusal> {
    let Error::Database(refused) = error else { return None };
    match refused.constraint() {
        Some("signed_context_time") => Some(Refusal::Expired),
        Some("signed_context_valid") => Some(Refusal::Invalid),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_bound_to_key_time_and_tenant() {
        let key = SigningKey::from_hex(1, &"0b".repeat(32)).unwrap();
        let other = SigningKey::from_hex(1, &"0c".repeat(32)).unwrap();
        let (a, b) = (TenantId::bigint(1).unwrap(), TenantId::bigint(2).unwrap());
        let token = key.sign_at(&a, 1000).unwrap();
        assert!(token.starts_with("1.1.1000.1060."), "{token}");
        assert!(token.ends_with(".1"));
        let macs: Vec<String> = [
            key.sign_at(&a, 1000),
            key.sign_at(&b, 1000),
            key.sign_at(&a, 1001),
            other.sign_at(&a, 1000),
            key.clone().tokens_live(Duration::from_secs(61)).sign_at(&a, 1000),
        ]
        .into_iter()
        .map(|token| token.unwrap().split('.').nth(4).unwrap().to_owned())
        .collect();
        for (at, mac) in macs.iter().enumerate() {
            assert!(macs.iter().skip(at + 1).all(|other| other != mac), "{macs:?}");
        }
    }

    #[test]
    fn a_token_is_made_once_and_another_for_every_tenant() {
        let key = SigningKey::from_hex(1, &"0b".repeat(32)).unwrap().tokens_live(Duration::from_secs(3600));
        let (a, b) = (TenantId::bigint(1).unwrap(), TenantId::bigint(2).unwrap());
        assert_eq!(key.sign(&a).unwrap(), key.clone().sign(&a).unwrap());
        assert_ne!(key.sign(&a).unwrap(), key.sign(&b).unwrap());
        let shorter = key.clone().tokens_live(Duration::from_secs(60));
        assert_ne!(key.sign(&a).unwrap(), shorter.sign(&a).unwrap());
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        assert_eq!(SigningKey::from_hex(1, &"zz".repeat(32)).unwrap_err(), SigningKeyError::Hex);
        assert_eq!(SigningKey::from_hex(1, &"00".repeat(32)).unwrap_err(), SigningKeyError::Placeholder);
        assert_eq!(SigningKey::new(0, [1; 32]).unwrap_err(), SigningKeyError::Number(0));
        assert!(!format!("{:?}", SigningKey::from_hex(1, &"ab".repeat(32)).unwrap()).contains("ab"));
    }
}
