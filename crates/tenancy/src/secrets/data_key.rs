//! The data keys of one tenant, unwrapped.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, Payload},
};
use uuid::Uuid;

use super::{
    error::SecretsError,
    format::{Header, Kind, NONCE, Parts},
    key::{Key, random},
    kms::KmsError,
    place::{Column, Place},
};
use crate::TenantId;

/// As many values one key may seal with random nonces.
const MOST: u64 = 1 << 32;

/// A data key's id, and which of its tenant's keys it is.
///
/// ```
/// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
/// let first = vault.keys(&tenant).await?.version();
/// let second = vault.rotate_data_key(&tenant).await?;
/// assert_eq!((first.version, second.version), (1, 2));
/// assert_ne!(first.id, second.id);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyVersion {
    /// Never the same for two tenants.
    pub id: Uuid,
    /// From 1; a rotation counts it up.
    pub version: u32,
}

/// A data key, or why there is none.
pub(super) struct DataKey {
    pub(super) at: KeyVersion,
    pub(super) cipher: Result<Aes256Gcm, Arc<KmsError>>,
    /// Values sealed by this process; the count outlives what the cache forgets.
    pub(super) sealed: Arc<AtomicU64>,
}

/// A key of blind indexes, or why there is none.
pub(super) struct IndexKey {
    pub(super) at: KeyVersion,
    pub(super) key: Result<Key, Arc<KmsError>>,
}

/// The unwrapped keys of one tenant. [`Vault::keys`](super::Vault::keys) gives them; sealing and opening is then a matter
/// of memory, without waiting for anything. Let go of them when the request is over, so that keys are wiped and newer
/// ones seen.
///
/// ```
/// use freehold_tenancy::secrets::{Column, SecretsError};
///
/// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
/// const EMAIL: Column = Column::new("users", "email_sealed");
/// let sealed = keys.seal_text(&EMAIL.at(7_i64), "ada@example.org")?;
/// assert_eq!(keys.open_text(&EMAIL.at(7_i64), &sealed)?, "ada@example.org");
/// // Copied into another row it does not open.
/// let moved = keys.open_text(&EMAIL.at(8_i64), &sealed);
/// assert!(matches!(moved, Err(SecretsError::Refused { .. })));
/// # Ok(())
/// # });
/// ```
pub struct TenantKeys {
    pub(super) tenant: TenantId,
    pub(super) data: BTreeMap<Uuid, DataKey>,
    pub(super) current: Uuid,
    /// The newest last.
    pub(super) index: Vec<IndexKey>,
    pub(super) longest: usize,
}

impl TenantKeys {
    /// Whose keys they are.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// assert_eq!(vault.keys(&tenant).await?.tenant(), &tenant);
    /// # Ok(())
    /// # });
    /// ```
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The key that seals.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Column, Header};
    ///
    /// # freehold_tenancy_ground::with_tenant_keys(|keys| async move {
    /// const EMAIL: Column = Column::new("users", "email_sealed");
    /// let sealed = keys.seal_text(&EMAIL.at(7_i64), "ada@example.org")?;
    /// assert_eq!(Header::read(&EMAIL, &sealed)?.key, keys.version());
    /// # Ok(())
    /// # });
    /// ```
    pub fn version(&self) -> KeyVersion {
        self.data.get(&self.current).map_or(KeyVersion { id: self.current, version: 0 }, |key| key.at)
    }

    /// The key of blind indexes that [`TenantKeys::blind_index`] uses.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// vault.rotate_data_key(&tenant).await?;
    /// // The two keys are counted apart: values have a new one, blind indexes have not.
    /// let keys = vault.keys(&tenant).await?;
    /// assert_eq!((keys.version().version, keys.index_version().map(|at| at.version)), (2, Some(1)));
    /// # Ok(())
    /// # });
    /// ```
    pub fn index_version(&self) -> Option<KeyVersion> {
        self.index.last().map(|key| key.at)
    }

    pub(super) fn seal(&self, place: &Place, kind: Kind, plain: &[u8]) -> Result<Vec<u8>, SecretsError> {
        let column = || place.column.clone();
        if plain.len() > self.longest {
            let (bytes, most) = (plain.len(), self.longest);
            return Err(SecretsError::TooLong { column: column(), bytes, most });
        }
        let unknown = || SecretsError::UnknownKey { column: column(), key: self.version() };
        let key = self.data.get(&self.current).ok_or_else(unknown)?;
        let cipher = key.cipher()?;
        if key.sealed.fetch_add(1, Ordering::Relaxed) >= MOST {
            return Err(SecretsError::WornOut { key: key.at });
        }
        let header = Header { key: key.at, kind }.bytes();
        let nonce = random::<NONCE>()?;
        let aad = place.associated(&header, &self.tenant);
        let sealed = cipher
            .encrypt(&nonce.into(), Payload { msg: plain, aad: &aad })
            .map_err(|_| SecretsError::Refused { column: column(), key: key.at })?;
        Ok([&header[..], &nonce, &sealed].concat())
    }

    pub(super) fn open(&self, place: &Place, kind: Kind, value: &[u8]) -> Result<Vec<u8>, SecretsError> {
        let parts = Parts::read(&place.column, value)?;
        let sealed = parts.header.kind;
        if sealed != kind {
            return Err(SecretsError::KindDiffers { column: place.column.clone(), sealed, asked: kind });
        }
        self.open_parts(place, &parts)
    }

    /// Seals a value anew with the current key, whatever is in it.
    pub(super) fn reseal(&self, place: &Place, value: &[u8]) -> Result<Resealed, SecretsError> {
        let parts = Parts::read(&place.column, value)?;
        let plain = zeroize::Zeroizing::new(self.open_parts(place, &parts)?);
        let sealed = self.seal(place, parts.header.kind, &plain)?;
        Ok(Resealed { sealed, kind: parts.header.kind, plain })
    }

    fn open_parts(&self, place: &Place, parts: &Parts<'_>) -> Result<Vec<u8>, SecretsError> {
        let wanted = parts.header.key;
        let column = || place.column.clone();
        let key = self.data.get(&wanted.id).ok_or_else(|| self.unknown(&place.column, wanted))?;
        let aad = place.associated(parts.raw, &self.tenant);
        key.cipher()?
            .decrypt(parts.nonce.into(), Payload { msg: parts.sealed, aad: &aad })
            .map_err(|_| SecretsError::Refused { column: column(), key: wanted })
    }

    fn unknown(&self, column: &Column, key: KeyVersion) -> SecretsError {
        SecretsError::UnknownKey { column: column.clone(), key }
    }
}

/// A value under the current key, and what is in it.
pub(super) struct Resealed {
    pub(super) sealed: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) plain: zeroize::Zeroizing<Vec<u8>>,
}

impl DataKey {
    fn cipher(&self) -> Result<&Aes256Gcm, SecretsError> {
        self.cipher.as_ref().map_err(|source| SecretsError::Unwrap { key: self.at, source: source.clone() })
    }
}

/// Whose and which, never the keys.
impl fmt::Debug for TenantKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantKeys")
            .field("tenant", &self.tenant.hash_for_logs())
            .field("version", &self.version().version)
            .field("known", &self.data.len())
            .finish_non_exhaustive()
    }
}
