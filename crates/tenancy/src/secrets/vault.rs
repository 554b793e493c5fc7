//! Where the keys of tenants are fetched, made and remembered.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aes_gcm::{Aes256Gcm, KeyInit};
use futures_util::future;
use moka::future::Cache;
use uuid::Uuid;

use super::{
    data_key::{DataKey, IndexKey, TenantKeys},
    error::SecretsError,
    kms::Kms,
    store::{self, Purpose, Statements, Stored},
};
use crate::{Db, TenantId};

/// How a [`Vault`] works.
///
/// ```
/// use freehold_tenancy::secrets::VaultSettings;
///
/// let settings = VaultSettings { longest: 64 << 10, ..VaultSettings::default() };
/// assert_eq!((settings.keys.as_str(), settings.remembered.as_secs()), ("freehold_data_keys", 300));
/// ```
#[derive(Debug, Clone)]
pub struct VaultSettings {
    /// The table of data keys. Usually `freehold_data_keys`.
    pub keys: String,
    /// The table of rotations. Usually `freehold_rotations`.
    pub rotations: String,
    /// How long unwrapped keys are remembered, and so how long a process may go on with the key before after a
    /// rotation. Give the same to every process. Usually 5 minutes.
    pub remembered: Duration,
    /// For how many tenants at most keys are remembered. Usually 10,000.
    pub tenants: u64,
    /// Bytes of the longest value that is sealed. Usually 16 MiB.
    pub longest: usize,
}

impl Default for VaultSettings {
    fn default() -> Self {
        Self {
            keys: store::KEYS.to_owned(),
            rotations: store::ROTATIONS.to_owned(),
            remembered: Duration::from_secs(300),
            tenants: 10_000,
            longest: 16 << 20,
        }
    }
}

/// Gives the keys of tenants: from memory, or from their table and unwrapped by the [`Kms`]. A tenant's first keys are
/// made when they are first asked for. Cheap to clone.
///
/// Keys are fetched and made in transactions of the vault's own: a key that a transaction of the caller's made and took
/// back would leave values that nobody can open.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::secrets::{MasterKeys, Vault, VaultSettings};
///
/// # freehold_tenancy_ground::with_vault(|one, _, tenant| async move {
/// # let db = one.db();
/// # let file = tempfile::NamedTempFile::new()?;
/// # let path = file.path(); // such as /run/secrets/master-keys
/// # std::fs::write(path, freehold_tenancy_ground::MASTER)?;
/// let master = MasterKeys::from_file(path)?;
/// let vault = Vault::new(db, master.clone());
/// let short = VaultSettings { remembered: Duration::from_secs(60), ..VaultSettings::default() };
/// let other = Vault::with(db, master, short);
/// assert_eq!(vault.keys(&tenant).await?.version(), other.keys(&tenant).await?.version());
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct Vault(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) db: Db,
    pub(super) kms: Arc<dyn Kms>,
    pub(super) settings: VaultSettings,
    pub(super) statements: Statements,
    cache: Cache<TenantId, Arc<TenantKeys>>,
    /// How many values each data key has sealed here. Some 60 bytes a key, for as long as the process lives.
    sealed: Mutex<HashMap<Uuid, Arc<AtomicU64>>>,
    /// Counts [`Vault::forget`]: what was loaded before it is not remembered after it.
    forgotten: AtomicU64,
}

impl Vault {
    /// With the usual settings.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Key, MasterKey, MasterKeys, SecretsError, Vault};
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// let other = MasterKeys::new([MasterKey::new("2027", Key::generate()?)?])?;
    /// // The master key is asked for when a tenant's keys are, not before.
    /// let vault = Vault::new(one.db(), other);
    /// assert!(vault.keys(&tenant).await.is_err(), "2026 wrapped the keys of this tenant");
    /// # Ok(())
    /// # });
    /// ```
    pub fn new(db: &Db, kms: impl Kms) -> Self {
        Self::with(db, kms, VaultSettings::default())
    }

    /// With settings of one's own.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Column, MasterKeys, SecretsError, Vault, VaultSettings};
    /// # use freehold_tenancy_ground::MASTER;
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// # let master = MasterKeys::from_text(MASTER)?;
    /// let vault = Vault::with(one.db(), master, VaultSettings { longest: 1_000, ..VaultSettings::default() });
    /// let place = Column::new("users", "note_sealed").at(1_i64);
    /// let refused = vault.keys(&tenant).await?.seal_text(&place, &"x".repeat(1_001));
    /// assert!(matches!(refused, Err(SecretsError::TooLong { bytes: 1_001, most: 1_000, .. })));
    /// # Ok(())
    /// # });
    /// ```
    pub fn with(db: &Db, kms: impl Kms, settings: VaultSettings) -> Self {
        let cache = Cache::builder().max_capacity(settings.tenants).time_to_live(settings.remembered).build();
        let statements = Statements::new(&settings.keys, &db.tenancy().column);
        Self(Arc::new(Inner {
            db: db.clone(),
            kms: Arc::new(kms),
            settings,
            statements,
            cache,
            sealed: Mutex::default(),
            forgotten: AtomicU64::new(0),
        }))
    }

    /// The settings.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// assert_eq!(vault.settings().rotations, "freehold_rotations");
    /// # Ok(())
    /// # });
    /// ```
    pub fn settings(&self) -> &VaultSettings {
        &self.0.settings
    }

    /// The keys of a tenant. Tasks that ask at once share one look-up.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// let keys = vault.keys(&tenant).await?;
    /// // From memory, without asking the database.
    /// assert!(Arc::ptr_eq(&keys, &vault.keys(&tenant).await?));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::Store`] when the table can't be read, [`SecretsError::Unwrap`] when the current key can't be
    /// unwrapped, [`SecretsError::Wrap`] when a tenant's first keys can't be made. An older key that can't be unwrapped
    /// fails only the values that it sealed.
    pub async fn keys(&self, tenant: &TenantId) -> Result<Arc<TenantKeys>, SecretsError> {
        let before = self.0.forgotten.load(Ordering::Acquire);
        let keys = self
            .0
            .cache
            .try_get_with(tenant.clone(), async { self.load(tenant).await.map(Arc::new) })
            .await
            .map_err(SecretsError::Load)?;
        if self.0.forgotten.load(Ordering::Acquire) != before {
            self.0.cache.invalidate(tenant).await;
        }
        Ok(keys)
    }

    /// The keys of a tenant as they are in the table now. After [`SecretsError::UnknownKey`], when another process may
    /// have rotated them a moment ago.
    ///
    /// ```
    /// # use freehold_tenancy::secrets::{MasterKeys, Vault};
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// # let elsewhere = Vault::new(one.db(), MasterKeys::from_text(freehold_tenancy_ground::MASTER)?);
    /// elsewhere.rotate_data_key(&tenant).await?;
    /// assert_eq!(vault.keys(&tenant).await?.version().version, 1);
    /// assert_eq!(vault.fresh_keys(&tenant).await?.version().version, 2);
    /// // And from then on the others are given them as well.
    /// assert_eq!(vault.keys(&tenant).await?.version().version, 2);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Vault::keys`].
    pub async fn fresh_keys(&self, tenant: &TenantId) -> Result<Arc<TenantKeys>, SecretsError> {
        let keys = Arc::new(self.load(tenant).await?);
        self.0.cache.insert(tenant.clone(), keys.clone()).await;
        Ok(keys)
    }

    /// Wipes the remembered keys of a tenant from memory, as soon as nobody holds them any more.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// let keys = vault.keys(&tenant).await?;
    /// vault.forget(&tenant).await;
    /// // Loaded and unwrapped anew; the ones before are wiped when `keys` is dropped.
    /// assert!(!Arc::ptr_eq(&keys, &vault.keys(&tenant).await?));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn forget(&self, tenant: &TenantId) {
        self.0.forgotten.fetch_add(1, Ordering::AcqRel);
        self.0.cache.invalidate(tenant).await;
        self.0.cache.run_pending_tasks().await;
    }

    async fn load(&self, tenant: &TenantId) -> Result<TenantKeys, SecretsError> {
        let Inner { db, kms, statements, .. } = &*self.0;
        let on = db.tenant(tenant);
        let mut stored = statements.load(&on, tenant).await?;
        let missing: Vec<Purpose> = [Purpose::Data, Purpose::Index]
            .into_iter()
            .filter(|purpose| stored.iter().all(|key| key.purpose != *purpose))
            .collect();
        for purpose in &missing {
            statements.make(&on, tenant, &**kms, *purpose, 1).await?;
        }
        if !missing.is_empty() {
            stored = statements.load(&on, tenant).await?;
        }
        self.unwrap_all(tenant, &stored).await
    }

    async fn unwrap_all(&self, tenant: &TenantId, stored: &[Stored]) -> Result<TenantKeys, SecretsError> {
        let kms = &*self.0.kms;
        let unwrapped = future::join_all(stored.iter().map(|key| store::unwrap(kms, tenant, key))).await;
        let (mut data, mut index) = (BTreeMap::new(), Vec::new());
        let mut current = None;
        for (stored, key) in stored.iter().zip(unwrapped) {
            let at = stored.at;
            match stored.purpose {
                Purpose::Data => {
                    let cipher = key.map(|key| Aes256Gcm::new(key.expose().into()));
                    data.insert(at.id, DataKey { at, cipher, sealed: self.sealed(at.id) });
                    current = Some(at);
                }
                Purpose::Index => index.push(IndexKey { at, key }),
            }
        }
        // Rows come by version, so the last one is the newest.
        let newest = current.and_then(|at| data.get(&at.id));
        if let Some(DataKey { at, cipher: Err(source), .. }) = newest {
            return Err(SecretsError::Unwrap { key: *at, source: source.clone() });
        }
        let current = current.map(|at| at.id).unwrap_or_default();
        let longest = self.0.settings.longest;
        Ok(TenantKeys { tenant: tenant.clone(), data, current, index, longest })
    }

    fn sealed(&self, key: Uuid) -> Arc<AtomicU64> {
        let mut sealed = self.0.sealed.lock().unwrap_or_else(PoisonError::into_inner);
        sealed.entry(key).or_default().clone()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
