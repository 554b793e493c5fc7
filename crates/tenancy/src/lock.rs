//! Advisory locks by name.
//!
//! A lock is held by a transaction and let go of at its end, whichever way it ends: by commit, rollback, a dropped
//! future, a lost connection, a killed process. There is nothing to unlock, no session that a pooler could hand on with
//! a lock, and so no lock that stays behind. A tenant's locks are its own: the same name with another tenant is another
//! lock.
//!
//! ```
//! # freehold_tenancy_ground::with_acme(|_db, tenant| async move {
//! use std::time::Duration;
//! use freehold_tenancy::{Execute, lock::Lock};
//!
//! let transaction = tenant.begin().await?;
//! Lock::named("close the month")?.within(Duration::from_secs(2)).take(&transaction).await?;
//! transaction.execute("UPDATE notes SET topic = 'closed' WHERE topic = $1", &[&"shop"]).await?;
//! transaction.commit().await?; // and the lock is free
//! # Ok(())
//! # });
//! ```

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::{Error, Execute, SqlState, Transaction};

/// A lock, by its name.
///
/// The key is 64 bits of SHA-256 over tenant and name: two names share one with a probability of about one in 10^19, and
/// then wait for each other without need.
///
/// ```
/// # use freehold_tenancy::lock::Lock;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let (one, other) = (acme.begin().await?, acme.begin().await?);
/// let lock = Lock::named("close the month")?;
/// assert!(lock.try_take(&one).await?);
/// assert!(!lock.try_take(&other).await?);
/// one.rollback().await?;
/// assert!(lock.try_take(&other).await?, "the first transaction has ended");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "nothing is locked before take() or try_take()"]
pub struct Lock {
    name: String,
    shared: bool,
    within: Option<Duration>,
}

/// Why a lock was not had.
///
/// ```
/// # use freehold_tenancy::lock::{Lock, LockError};
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let (one, other) = (acme.begin().await?, acme.begin().await?);
/// let lock = Lock::named("close the month")?.within(std::time::Duration::from_millis(50));
/// lock.take(&one).await?;
/// let refused = lock.take(&other).await;
/// assert!(matches!(refused, Err(LockError::TimedOut { .. })));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The name can't be one.
    #[error("the name of the lock {why}")]
    Name {
        /// What is wrong with it.
        why: &'static str,
    },
    /// Somebody else held it for all the time that was given. The transaction can go on.
    #[error("the lock {name:?} was not free within {waited:?}")]
    TimedOut {
        /// Its name.
        name: String,
        /// For how long was waited.
        waited: Duration,
    },
    /// The statement that takes the lock failed: with a deadlock, for example, or a lost connection.
    #[error("taking the lock {name:?}")]
    Failed {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: Error,
    },
}

impl Lock {
    /// Bytes of the longest name.
    ///
    /// ```
    /// use freehold_tenancy::lock::Lock;
    ///
    /// assert!(Lock::named("x".repeat(Lock::LONGEST_NAME)).is_ok());
    /// assert!(Lock::named("x".repeat(Lock::LONGEST_NAME + 1)).is_err());
    /// ```
    pub const LONGEST_NAME: usize = 1_000;

    /// The lock of this name, exclusive, waited for without a limit (but for the handle's deadline).
    ///
    /// ```
    /// use freehold_tenancy::lock::Lock;
    ///
    /// assert!(Lock::named("close the month").is_ok());
    /// assert!(Lock::named(" ").is_err());
    /// ```
    ///
    /// # Errors
    /// [`LockError::Name`] when it is blank or longer than [`Lock::LONGEST_NAME`].
    pub fn named(name: impl Into<String>) -> Result<Self, LockError> {
        let name = name.into();
        if name.trim().is_empty() {
            return Err(LockError::Name { why: "is empty" });
        }
        if name.len() > Self::LONGEST_NAME {
            return Err(LockError::Name { why: "is longer than 1,000 bytes" });
        }
        Ok(Self { name, shared: false, within: None })
    }

    /// Shared: several may hold it together, but not with one who holds it exclusively.
    ///
    /// ```
    /// # use freehold_tenancy::lock::Lock;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let (one, other, third) = (acme.begin().await?, acme.begin().await?, acme.begin().await?);
    /// let reading = Lock::named("price list")?.shared();
    /// assert!(reading.try_take(&one).await? && reading.try_take(&other).await?);
    /// assert!(!Lock::named("price list")?.try_take(&third).await?, "not while somebody reads");
    /// # Ok(())
    /// # });
    /// ```
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }

    /// Waits so long at most; then it is [`LockError::TimedOut`].
    ///
    /// ```
    /// # use freehold_tenancy::lock::Lock;
    /// # use freehold_tenancy::Execute;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let (one, other) = (acme.begin().await?, acme.begin().await?);
    /// let lock = Lock::named("close the month")?;
    /// lock.take(&one).await?;
    /// assert!(lock.within(std::time::Duration::from_millis(50)).take(&other).await.is_err());
    /// let still: i32 = other.query_value("SELECT 1", &[]).await?;
    /// assert_eq!(still, 1, "the transaction goes on");
    /// # Ok(())
    /// # });
    /// ```
    pub fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// Takes the lock, waiting for it, until the end of the transaction. Taking a lock twice is taking it once.
    ///
    /// # Errors
    /// [`LockError::TimedOut`] after [`Lock::within`]; [`LockError::Failed`].
    ///
    /// ```
    /// # use freehold_tenancy::lock::Lock;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let transaction = acme.begin().await?;
    /// let lock = Lock::named("close the month")?;
    /// lock.take(&transaction).await?;
    /// lock.take(&transaction).await?; // it has it already
    /// transaction.commit().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub async fn take(&self, transaction: &Transaction) -> Result<(), LockError> {
        let Some(within) = self.within else {
            return self.wait(transaction).await.map_err(|source| self.failed(source));
        };
        let begun = Instant::now();
        if self.try_take(transaction).await? {
            return Ok(());
        }
        match self.wait_within(transaction, within).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(LockError::TimedOut { name: self.name.clone(), waited: begun.elapsed() }),
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Takes the lock if it is free now, and says whether it did.
    ///
    /// # Errors
    /// [`LockError::Failed`].
    ///
    /// ```
    /// # use freehold_tenancy::lock::Lock;
    /// # freehold_tenancy_ground::with_acme(|db, acme| async move {
    /// let (one, other) = (acme.begin().await?, acme.begin().await?);
    /// let lock = Lock::named("close the month")?;
    /// assert!(lock.try_take(&one).await?);
    /// assert!(!lock.try_take(&other).await?);
    /// let of_another = db.tenant(&freehold_tenancy_ground::tenant(2)).begin().await?;
    /// assert!(lock.try_take(&of_another).await?, "another tenant's lock of this name is another lock");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn try_take(&self, transaction: &Transaction) -> Result<bool, LockError> {
        let sql = if self.shared {
            "SELECT pg_catalog.pg_try_advisory_xact_lock_shared($1)"
        } else {
            "SELECT pg_catalog.pg_try_advisory_xact_lock($1)"
        };
        let taken = transaction.query_value(sql, &[&self.key(transaction)]).await;
        taken.map_err(|source| self.failed(source))
    }

    async fn wait(&self, transaction: &Transaction) -> Result<(), Error> {
        let sql = if self.shared {
            "SELECT pg_catalog.pg_advisory_xact_lock_shared($1)"
        } else {
            "SELECT pg_catalog.pg_advisory_xact_lock($1)"
        };
        transaction.execute(sql, &[&self.key(transaction)]).await.map(drop)
    }

    /// Waits in the server's queue, in a savepoint, so that a time that is over leaves the transaction as it was.
    async fn wait_within(&self, transaction: &Transaction, time: Duration) -> Result<bool, Error> {
        // The server knows milliseconds of an int4, and takes 0 for no limit.
        let limit = time.as_millis().clamp(1, i32::MAX as u128).to_string();
        let savepoint = transaction.save().await?;
        let before: String =
            transaction.query_value("SELECT pg_catalog.current_setting('lock_timeout')", &[]).await?;
        set_timeout(transaction, &limit).await?;
        match self.wait(transaction).await {
            Ok(()) => {
                set_timeout(transaction, &before).await?;
                savepoint.release().await?;
                Ok(true)
            }
            Err(error) if error.sqlstate() == Some(SqlState::LOCK_NOT_AVAILABLE) => {
                savepoint.rollback().await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn failed(&self, source: Error) -> LockError {
        LockError::Failed { name: self.name.clone(), source }
    }

    /// The key on the server: of the tenant, so that no tenant waits for another.
    fn key(&self, transaction: &Transaction) -> i64 {
        let tenant = transaction.tenant_id().map(|tenant| (tenant.kind().sql_type(), tenant.to_string()));
        key(tenant.as_ref().map(|(kind, id)| (*kind, id.as_str())), &self.name)
    }
}

async fn set_timeout(transaction: &Transaction, value: &str) -> Result<(), Error> {
    let sql = "SELECT pg_catalog.set_config('lock_timeout', $1, true)";
    transaction.rows(&sql.into(), &[&value]).await.map(drop)
}

/// Eight bytes of SHA-256 over the parts, each with its length before it.
fn key(tenant: Option<(&str, &str)>, name: &str) -> i64 {
    let mut digest = Sha256::new_with_prefix("freehold-tenancy lock");
    let (kind, id) = tenant.unwrap_or_default();
    for part in [kind, id, name] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_tenant_kind_and_name() {
        let keys = [
            key(None, "a"),
            key(None, "b"),
            key(Some(("bigint", "1")), "a"),
            key(Some(("text", "1")), "a"),
            key(Some(("bigint", "2")), "a"),
            key(Some(("bigint", "1")), "b"),
            key(Some(("text", "1a")), ""),
        ];
        let different: std::collections::HashSet<i64> = keys.into_iter().collect();
        assert_eq!(different.len(), keys.len());
        // Another version of a service must take the same lock.
        assert_eq!(key(Some(("bigint", "1")), "a"), key(Some(("bigint", "1")), "a"));
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for name in ["", " \t", &"a".repeat(1_001)] {
            assert!(matches!(Lock::named(name), Err(LockError::Name { .. })), "{name:?}");
        }
        assert!(Lock::named("a".repeat(1_000)).is_ok());
    }
}
