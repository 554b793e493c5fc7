//! Who wraps data keys.

use std::error::Error as StdError;

use async_trait::async_trait;

use super::key::Key;

/// What holds the master keys: it wraps data keys and unwraps them, and never hands a master key out.
///
/// [`MasterKeys`](super::MasterKeys) does this within the process. An implementation over a key service calls its
/// encrypt and decrypt; `context` is what those services call the encryption context or the additional data: the same
/// bytes have to be given for unwrapping as for wrapping, and the service has to insist on that.
///
/// ```
/// use async_trait::async_trait;
/// use freehold_tenancy::secrets::{Key, Kms, KmsError, MasterKeys, Wrapped};
///
/// /// Counts how often the service is called.
/// struct Counted(MasterKeys, std::sync::atomic::AtomicU64);
///
/// #[async_trait]
/// impl Kms for Counted {
///     async fn wrap(&self, context: &[u8], key: &Key) -> Result<Wrapped, KmsError> {
///         self.0.wrap(context, key).await
///     }
///     async fn unwrap(&self, master: &str, context: &[u8], wrapped: &[u8]) -> Result<Key, KmsError> {
///         self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         self.0.unwrap(master, context, wrapped).await
///     }
///     async fn current(&self) -> Result<String, KmsError> {
///         self.0.current().await
///     }
/// }
/// ```
#[async_trait]
pub trait Kms: Send + Sync + 'static {
    /// Wraps a data key under the current master key, bound to `context`.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::{Key, Kms, MasterKey, MasterKeys};
    /// # freehold_tenancy_ground::alone(async {
    /// let master = MasterKeys::new([MasterKey::new("2026", Key::generate()?)?])?;
    /// let wrapped = master.wrap(b"tenant 7", &Key::generate()?).await?;
    /// assert_eq!(wrapped.master, "2026");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`KmsError::Service`] when the service can't be reached or refuses.
    async fn wrap(&self, context: &[u8], key: &Key) -> Result<Wrapped, KmsError>;

    /// Unwraps a data key that the master key called `master` has wrapped.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Key, Kms, KmsError, MasterKey, MasterKeys};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let master = MasterKeys::new([MasterKey::new("2026", Key::generate()?)?])?;
    /// let key = Key::generate()?;
    /// let wrapped = master.wrap(b"tenant 7", &key).await?;
    /// assert_eq!(master.unwrap("2026", b"tenant 7", &wrapped.bytes).await?.expose(), key.expose());
    /// let moved = master.unwrap("2026", b"tenant 8", &wrapped.bytes).await;
    /// assert!(matches!(moved, Err(KmsError::Refused { .. })));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`KmsError::UnknownMaster`], [`KmsError::Refused`] when it was wrapped by another key or for another context,
    /// [`KmsError::Malformed`], [`KmsError::Service`].
    async fn unwrap(&self, master: &str, context: &[u8], wrapped: &[u8]) -> Result<Key, KmsError>;

    /// The name of the current master key. It is stored beside each wrapped key, and tells which are to be rewrapped.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::{Key, Kms, MasterKey, MasterKeys};
    /// # freehold_tenancy_ground::alone(async {
    /// let (new, old) = (MasterKey::new("2027", Key::generate()?)?, MasterKey::new("2026", Key::generate()?)?);
    /// assert_eq!(MasterKeys::new([new, old])?.current().await?, "2027");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`KmsError::Service`].
    async fn current(&self) -> Result<String, KmsError>;
}

/// A wrapped data key.
///
/// ```
/// # use freehold_tenancy::secrets::{Key, Kms, MasterKey, MasterKeys};
/// # freehold_tenancy_ground::alone(async {
/// # let master = MasterKeys::new([MasterKey::new("2026", Key::generate()?)?])?;
/// # let key = Key::generate()?;
/// let wrapped = master.wrap(b"tenant 7", &key).await?;
/// // A form byte, the nonce, the key and the tag.
/// assert_eq!(wrapped.bytes.len(), 1 + 12 + 32 + 16);
/// assert!(!wrapped.bytes.windows(32).any(|bytes| bytes == key.expose()));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The name of the master key.
    pub master: String,
    /// The key, unreadable without the master key.
    pub bytes: Vec<u8>,
}

/// Why a data key could not be wrapped or unwrapped.
///
/// ```
/// use freehold_tenancy::secrets::{Key, Kms, KmsError, MasterKey, MasterKeys};
///
/// # freehold_tenancy_ground::alone(async {
/// let master = MasterKeys::new([MasterKey::new("2027", Key::generate()?)?])?;
/// // A key that the master key of last year wrapped, which this process was not given.
/// let refused = master.unwrap("2026", b"tenant 7", &[1; 61]).await;
/// assert!(matches!(refused, Err(KmsError::UnknownMaster { master }) if master == "2026"));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KmsError {
    /// No master key of this name is known here.
    #[error(
        "the master key {master:?} is not known here: give it to this process until everything is rewrapped"
    )]
    UnknownMaster {
        /// Its name.
        master: String,
    },
    /// The master key of this name is another than the one that wrapped, or the wrapped key belongs to another tenant.
    #[error(
        "the master key {master:?} does not open this data key: another key has its name, or the data key was changed or moved"
    )]
    Refused {
        /// Its name.
        master: String,
    },
    /// These bytes are no wrapped key.
    #[error("the wrapped data key can't be read: {0}")]
    Malformed(&'static str),
    /// The key service failed.
    #[error("the key service failed")]
    Service(#[source] Box<dyn StdError + Send + Sync>),
}
