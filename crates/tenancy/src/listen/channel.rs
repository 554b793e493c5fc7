//! Names of channels, and the tenant's tag in front of what is sent.

use sha2::{Digest, Sha256};

use super::ListenError;
use crate::TenantId;

/// Bytes of the longest text that can be sent: PostgreSQL takes 7,999, of which the tag needs 33.
///
/// ```
/// # use freehold_tenancy::listen::{self, Channel, LONGEST_PAYLOAD, ListenError};
/// # freehold_tenancy_ground::with_ground(|ground| async move {
/// # let notes = Channel::new("notes")?;
/// let acme = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1));
/// listen::notify(&acme, &notes, &"x".repeat(LONGEST_PAYLOAD)).await?;
/// let longer = listen::notify(&acme, &notes, &"x".repeat(LONGEST_PAYLOAD + 1)).await;
/// assert!(matches!(longer, Err(ListenError::Payload { .. })));
/// # Ok(())
/// # });
/// ```
pub const LONGEST_PAYLOAD: usize = 7_999 - 33;

/// The tag of what was sent across tenants; no hash looks like it.
const ACROSS: &str = "--------------------------------";

/// The name of a channel. Case and spaces count; it is quoted wherever it stands in SQL.
///
/// ```
/// use freehold_tenancy::listen::Channel;
///
/// assert_eq!(Channel::new("notes")?.name(), "notes");
/// assert!(Channel::new("").is_err());
/// assert!(Channel::new("x".repeat(64)).is_err());
/// # Ok::<(), freehold_tenancy::listen::ListenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel(String);

impl Channel {
    /// A channel by its name.
    ///
    /// # Errors
    /// [`ListenError::Channel`] unless it has 1 to 63 bytes, none of them NUL.
    ///
    /// ```
    /// use freehold_tenancy::listen::{Channel, ListenError};
    ///
    /// assert!(Channel::new("Changes of \"notes\"").is_ok(), "it is quoted");
    /// assert!(matches!(Channel::new("a\0b"), Err(ListenError::Channel { why: "holds a NUL byte" })));
    /// ```
    pub fn new(name: impl Into<String>) -> Result<Self, ListenError> {
        let name = name.into();
        let why = match name.len() {
            0 => "is empty",
            64.. => "is longer than 63 bytes",
            _ if name.contains('\0') => "holds a NUL byte",
            _ => return Ok(Self(name)),
        };
        Err(ListenError::Channel { why })
    }

    /// Its name.
    ///
    /// ```
    /// use freehold_tenancy::listen::Channel;
    ///
    /// assert_eq!(Channel::new("Notes")?.name(), "Notes", "case counts");
    /// # Ok::<(), freehold_tenancy::listen::ListenError>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// The tag that stands, with a colon, before what is sent within a tenant: 32 hex digits, the first half of the SHA-256
/// of its text. A trigger that sends by itself writes
/// `left(encode(sha256(convert_to(new.tenant_id::text, 'UTF8')), 'hex'), 32) || ':' || payload`.
///
/// ```
/// let acme: freehold_tenancy::TenantId = "7f2c1a52-5a0e-4c5e-9d65-0c5a1d2b3e4f".parse()?;
/// assert_eq!(freehold_tenancy::listen::tag(&acme).len(), 32);
/// # Ok::<(), freehold_tenancy::TenantIdError>(())
/// ```
pub fn tag(tenant: &TenantId) -> String {
    let mut hex = hex::encode(Sha256::digest(tenant.to_string()));
    hex.truncate(32);
    hex
}

/// What is sent: tag and text.
pub(super) fn tagged(tenant: Option<&TenantId>, payload: &str) -> Result<String, ListenError> {
    if payload.len() > LONGEST_PAYLOAD {
        let why = format!("has {} bytes; at most {LONGEST_PAYLOAD} can be sent", payload.len());
        return Err(ListenError::Payload { why });
    }
    if payload.contains('\0') {
        return Err(ListenError::Payload { why: "holds a NUL byte".to_owned() });
    }
    Ok(format!("{}:{payload}", tenant.map_or_else(|| ACROSS.to_owned(), tag)))
}

/// Tag and text of what was received; `None` for what was not sent by this library.
pub(super) fn parted(received: &str) -> Option<(&str, &str)> {
    received.split_once(':').filter(|(tag, _)| tag.len() == ACROSS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_that_cannot_be_are_refused() {
        assert!(Channel::new("x".repeat(63)).is_ok());
        assert!(Channel::new("a\0b").is_err());
        let acme = TenantId::bigint(1).unwrap();
        let longest = tagged(Some(&acme), &"x".repeat(LONGEST_PAYLOAD)).unwrap();
        assert_eq!(longest.len(), 7_999);
        assert!(tagged(Some(&acme), &"x".repeat(LONGEST_PAYLOAD + 1)).is_err());
        assert!(tagged(None, "a\0b").is_err());
    }

    #[test]
    fn what_is_sent_is_received() {
        let (acme, other) = (TenantId::bigint(1).unwrap(), TenantId::bigint(2).unwrap());
        let sent = tagged(Some(&acme), "a:b").unwrap();
        assert_eq!(parted(&sent), Some((tag(&acme).as_str(), "a:b")));
        assert_ne!(tag(&acme), tag(&other));
        assert_eq!(parted("a:b"), None);
        assert_eq!(parted(""), None);
    }
}
