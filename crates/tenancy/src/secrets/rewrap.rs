//! New keys, and old ones taken away.

use crate::{Execute, TenantId};

use super::{
    data_key::KeyVersion,
    error::SecretsError,
    rotation::Rotation,
    store::{Purpose, Stored, context, unwrap},
    vault::Vault,
};
use crate::FromRow;

/// How far a rewrapping came.
///
/// ```
/// use freehold_tenancy::secrets::{Key, MasterKey, MasterKeys, Vault};
///
/// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
/// // A process that was given the new master key and not the one before it.
/// let new = MasterKeys::new([MasterKey::new("2027", Key::generate()?)?])?;
/// let done = Vault::new(one.db(), new).rewrap(100).await?;
/// assert_eq!((done.rewrapped, done.failed), (0, 2));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrapped {
    /// Data keys that are now wrapped by the current master key.
    pub rewrapped: u64,
    /// Data keys that somebody else rewrapped or destroyed in between.
    pub overtaken: u64,
    /// Data keys that could not be unwrapped: their master key is unknown here or another. They were left as they are.
    pub failed: u64,
}

impl Vault {
    /// Makes a new data key for a tenant, which seals from now on; values under older keys stay readable, and a
    /// [`Rotation`] brings them under the new one. Other processes follow within
    /// [`VaultSettings::remembered`](super::VaultSettings::remembered).
    ///
    /// ```
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// assert_eq!(vault.keys(&tenant).await?.version().version, 1);
    /// assert_eq!(vault.rotate_data_key(&tenant).await?.version, 2);
    /// assert_eq!(vault.keys(&tenant).await?.version().version, 2);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::Store`], [`SecretsError::Wrap`], and as [`Vault::keys`].
    pub async fn rotate_data_key(&self, tenant: &TenantId) -> Result<KeyVersion, SecretsError> {
        self.rotate(tenant, Purpose::Data).await?;
        Ok(self.fresh_keys(tenant).await?.version())
    }

    /// Makes a new key of blind indexes for a tenant. Look-ups have to ask for all of
    /// [`TenantKeys::blind_indexes`](super::TenantKeys::blind_indexes) until a [`Rotation`] with
    /// [`Rotation::indexed`] is through.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// let before = vault.keys(&tenant).await?.version();
    /// assert_eq!(vault.rotate_index_key(&tenant).await?.version, 2);
    /// // What seals values is another key, and stays.
    /// assert_eq!(vault.keys(&tenant).await?.version(), before);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Vault::rotate_data_key`].
    pub async fn rotate_index_key(&self, tenant: &TenantId) -> Result<KeyVersion, SecretsError> {
        self.rotate(tenant, Purpose::Index).await?;
        let keys = self.fresh_keys(tenant).await?;
        Ok(keys.index_version().unwrap_or(keys.version()))
    }

    async fn rotate(&self, tenant: &TenantId, purpose: Purpose) -> Result<(), SecretsError> {
        let keys = self.fresh_keys(tenant).await?;
        let newest = match purpose {
            Purpose::Data => Some(keys.version()),
            Purpose::Index => keys.index_version(),
        };
        let next = newest.map_or(1, |at| at.version.saturating_add(1));
        let on = self.0.db.tenant(tenant);
        self.0.statements.make(&on, tenant, &*self.0.kms, purpose, next).await
    }

    /// Wraps all data keys of all tenants with the current master key, `batch` at a time. No value is touched. It goes
    /// through [`Db::system`](crate::Db::system), may be interrupted and run again at any time, and is done when it gives
    /// no failures; then the old master key can go.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{MasterKeys, Vault};
    /// # use freehold_tenancy_ground::MASTER;
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// # let new = "0b1c".repeat(16);
    /// // The new master key first, the old one after it.
    /// let both = Vault::new(one.db(), MasterKeys::from_text(&format!("2027 {new}, {MASTER}"))?);
    /// assert_eq!(both.rewrap(100).await?.rewrapped, 2);
    /// // From here on the new one is enough.
    /// let after = Vault::new(one.db(), MasterKeys::from_text(&format!("2027 {new}"))?);
    /// assert_eq!(after.keys(&tenant).await?.version().version, 1);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::Store`] when there is no role for work across tenants, or the table can't be read or written;
    /// [`SecretsError::Wrap`] when the key service fails.
    pub async fn rewrap(&self, batch: u16) -> Result<Rewrapped, SecretsError> {
        let reason = "wrapping data keys with the current master key";
        let on = self.0.db.system(reason).map_err(SecretsError::store(reason))?;
        let current = self.0.kms.current().await.map_err(SecretsError::Wrap)?;
        let mut after = (String::new(), String::new(), 0_i32);
        let mut done = Rewrapped::default();
        loop {
            let limit = i64::from(batch.max(1));
            let rows = on
                .rows(&self.0.statements.outdated, &[&current, &after.0, &after.1, &after.2, &limit])
                .await
                .map_err(SecretsError::store("looking for data keys of older master keys"))?;
            for row in &rows {
                let read = |row| Ok((crate::Row::get::<String>(row, "tenant")?, Stored::from_row(row)?));
                let (tenant, stored) =
                    read(row).map_err(SecretsError::store("reading a data key of an older master key"))?;
                after = (tenant, stored.purpose.text().to_owned(), version(stored.at));
                let tenant = TenantId::parse(self.0.db.tenancy().kind, &after.0)
                    .map_err(|error| SecretsError::from(crate::Error::from(error)))?;
                self.rewrap_one(&on, &tenant, &stored, &mut done).await?;
            }
            if rows.is_empty() {
                return Ok(done);
            }
        }
    }

    async fn rewrap_one(
        &self,
        on: &impl Execute,
        tenant: &TenantId,
        stored: &Stored,
        done: &mut Rewrapped,
    ) -> Result<(), SecretsError> {
        let key = match unwrap(&*self.0.kms, tenant, stored).await {
            Ok(key) => key,
            Err(error) => {
                let tenant = tenant.hash_for_logs();
                tracing::warn!(tenant, version = stored.at.version, %error, "a data key was not rewrapped");
                done.failed += 1;
                return Ok(());
            }
        };
        let context = context(tenant, stored.purpose, stored.at);
        let wrapped = self.0.kms.wrap(&context, &key).await.map_err(SecretsError::Wrap)?;
        let changed = on
            .affected(
                &self.0.statements.rewrap,
                &[tenant, &stored.at.id, &stored.wrapped.bytes, &wrapped.master, &wrapped.bytes],
            )
            .await
            .map_err(SecretsError::store("storing a rewrapped data key"))?;
        if changed == 0 {
            done.overtaken += 1;
        } else {
            done.rewrapped += 1;
        }
        Ok(())
    }

    /// Destroys the data keys of a tenant that are older than the newest, once the columns hold no value of theirs: name
    /// **every** column of sealed values, each by its rotation. It goes through [`Db::system`](crate::Db::system).
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Column, Rotation, SecretsError};
    ///
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// let rotation = Rotation::new(Column::new("users", "email_sealed"), ["id"]);
    /// vault.rotate_data_key(&tenant).await?;
    /// let refused = vault.destroy_older_keys(&tenant, &[&rotation]).await;
    /// assert!(matches!(refused, Err(SecretsError::StillNeeded { left: 3, .. })));
    /// rotation.run(&vault, &one, |_| ()).await?;
    /// // Nothing needs the older key now, but another process may hold it for some minutes.
    /// let refused = vault.destroy_older_keys(&tenant, &[&rotation]).await;
    /// assert!(matches!(refused, Err(SecretsError::TooSoon { .. })));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::StillNeeded`] while a column has values of older keys, [`SecretsError::TooSoon`] while another
    /// process may still seal with one, [`SecretsError::Store`].
    pub async fn destroy_older_keys(
        &self,
        tenant: &TenantId,
        columns: &[&Rotation],
    ) -> Result<u64, SecretsError> {
        let reason = "destroying data keys that nothing is sealed with any more";
        let on = self.0.db.system(reason).map_err(SecretsError::store(reason))?.within_tenant(tenant);
        let keys = self.fresh_keys(tenant).await?;
        let newest = keys.version();
        let transaction = on.begin().await.map_err(SecretsError::store(reason))?;
        for rotation in columns {
            let left = rotation.left(&transaction, &keys).await?;
            if left > 0 {
                return Err(SecretsError::StillNeeded { column: rotation.column().clone(), left });
            }
        }
        let mut destroyed = 0;
        for (purpose, at) in [(Purpose::Data, Some(newest)), (Purpose::Index, keys.index_version())] {
            // Keys of blind indexes stay as long as an index is not known to be rewritten.
            let checked = purpose == Purpose::Data || columns.iter().all(|rotation| rotation.is_indexed());
            let (Some(at), true) = (at, checked) else { continue };
            self.old_enough(&transaction, tenant, at).await?;
            destroyed += transaction
                .affected(&self.0.statements.destroy_older, &[tenant, &purpose.text(), &version(at)])
                .await
                .map_err(SecretsError::store(reason))?;
        }
        transaction.commit().await.map_err(SecretsError::store(reason))?;
        self.forget(tenant).await;
        Ok(destroyed)
    }

    /// Whether every process has had the time to learn of the newest key, if there is an older one at all.
    async fn old_enough(
        &self,
        on: &impl Execute,
        tenant: &TenantId,
        newest: KeyVersion,
    ) -> Result<(), SecretsError> {
        let wait = self.0.settings.remembered;
        if newest.version == 1 {
            return Ok(());
        }
        let age: i64 = on
            .query_value(self.0.statements.age.clone(), &[tenant, &newest.id])
            .await
            .map_err(SecretsError::store("asking for the age of the newest data key"))?;
        if u128::try_from(age).unwrap_or_default() < wait.as_millis() {
            return Err(SecretsError::TooSoon { wait });
        }
        Ok(())
    }

    /// Destroys all data keys of a tenant: **whatever was sealed for it, in backups too, is unreadable for ever.** It
    /// goes through [`Db::system`](crate::Db::system). The number of keys that were destroyed.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # use freehold_tenancy::secrets::{Column, SecretsError};
    /// # freehold_tenancy_ground::with_vault(|one, vault, tenant| async move {
    /// # const EMAIL: Column = Column::new("users", "email_sealed");
    /// // The data key and the key of blind indexes.
    /// assert_eq!(vault.destroy_all_keys(&tenant).await?, 2);
    /// let sealed: Vec<u8> = one.query_value("SELECT email_sealed FROM users WHERE id = 1", &[]).await?;
    /// let lost = vault.keys(&tenant).await?.open_text(&EMAIL.at(1_i64), &sealed);
    /// assert!(matches!(lost, Err(SecretsError::UnknownKey { .. })));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`SecretsError::Store`].
    pub async fn destroy_all_keys(&self, tenant: &TenantId) -> Result<u64, SecretsError> {
        let reason = "destroying all data keys of a tenant";
        let on = self.0.db.system(reason).map_err(SecretsError::store(reason))?.within_tenant(tenant);
        let destroyed = on
            .affected(&self.0.statements.destroy_all, &[tenant])
            .await
            .map_err(SecretsError::store(reason))?;
        self.forget(tenant).await;
        Ok(destroyed)
    }
}

fn version(at: KeyVersion) -> i32 {
    i32::try_from(at.version).unwrap_or(i32::MAX)
}
