//! Savepoints: parts of a transaction that can be taken back by themselves.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use super::Transaction;
use crate::{Error, quote_identifier};

/// What savepoints of one transaction have to know of each other.
#[derive(Default)]
pub(super) struct Savepoints {
    made: AtomicU64,
    /// The outermost one that was dropped and is still to be taken back.
    dropped: Mutex<Option<u64>>,
}

/// A part of a transaction. Dropped without [`Savepoint::release`], what was done since is taken back before the next
/// statement.
///
/// ```
/// use freehold_tenancy::Execute;
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let tx = acme.begin().await?;
/// let savepoint = tx.save().await?;
/// match tx.execute("INSERT INTO notes (tenant_id, id) VALUES ($1, 1)", &[&tenant]).await {
///     Ok(_) => savepoint.release().await?,
///     // There is a note 1 already.
///     Err(_) => savepoint.rollback().await?,
/// }
/// assert_eq!(tx.execute("DELETE FROM notes WHERE id = 1", &[]).await?, 1);
/// tx.commit().await?;
/// # Ok(())
/// # });
/// ```
#[must_use = "dropped, it takes back what was done since"]
pub struct Savepoint<'t> {
    transaction: &'t Transaction,
    number: u64,
    open: bool,
}

impl Transaction {
    /// Begins a part that can be taken back by itself.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let tx = db.tenant(&tenant).begin().await?;
    /// let savepoint = tx.save().await?;
    /// tx.execute("DELETE FROM notes", &[]).await?;
    /// drop(savepoint);
    /// assert_eq!(tx.execute("SELECT FROM notes", &[]).await?, 3, "taken back");
    /// tx.rollback().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error`], when the transaction has failed before, or the connection is lost.
    pub async fn save(&self) -> Result<Savepoint<'_>, Error> {
        self.end_savepoints().await?;
        let number = self.savepoints.made.fetch_add(1, Ordering::Relaxed);
        self.command(format!("SAVEPOINT {}", name(number))).await?;
        Ok(Savepoint { transaction: self, number, open: true })
    }

    /// Runs `work` as a part of the transaction: when it fails, what it did is taken back, and the rest goes on.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let tx = db.tenant(&tenant).begin().await?;
    /// let sql = "INSERT INTO notes (tenant_id, id) VALUES ($1, 1)";
    /// let added = tx.savepoint(tx.execute(sql, &[&tenant])).await;
    /// assert!(added.is_err(), "there is a note 1 already");
    /// // The transaction goes on all the same.
    /// assert_eq!(tx.execute("UPDATE notes SET body = 'oat milk' WHERE id = 1", &[]).await?, 1);
    /// tx.commit().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// What `work` gave, or why the part could not be begun or ended.
    pub async fn savepoint<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E>
    where
        E: From<Error>,
    {
        let savepoint = self.save().await?;
        match work.await {
            Ok(value) => {
                savepoint.release().await?;
                Ok(value)
            }
            Err(error) => {
                // Where even this fails, the transaction says so at its next statement.
                drop(savepoint.rollback().await);
                Err(error)
            }
        }
    }

    /// Takes back what dropped savepoints left.
    pub(super) async fn end_savepoints(&self) -> Result<(), Error> {
        let dropped = self.savepoints.dropped.lock().ok().and_then(|mut dropped| dropped.take());
        match dropped {
            Some(number) => self.take_back(number).await,
            None => Ok(()),
        }
    }

    async fn take_back(&self, number: u64) -> Result<(), Error> {
        let name = name(number);
        self.command(format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")).await?;
        self.link.forget_conflict();
        Ok(())
    }

    async fn command(&self, sql: String) -> Result<(), Error> {
        self.run(self.link.client()?.batch_execute(&sql)).await
    }
}

fn name(number: u64) -> String {
    quote_identifier(&format!("freehold_{number}")).to_string()
}

impl Savepoint<'_> {
    /// What was done since stays a part of the transaction.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let tx = db.tenant(&tenant).begin().await?;
    /// let savepoint = tx.save().await?;
    /// tx.execute("DELETE FROM notes", &[]).await?;
    /// savepoint.release().await?;
    /// assert_eq!(tx.execute("SELECT FROM notes", &[]).await?, 0);
    /// tx.rollback().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Database`] when a statement since has failed.
    pub async fn release(mut self) -> Result<(), Error> {
        self.transaction.end_savepoints_within(self.number).await?;
        self.transaction.command(format!("RELEASE SAVEPOINT {}", name(self.number))).await?;
        self.open = false;
        Ok(())
    }

    /// What was done since is taken back.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let tx = db.tenant(&tenant).begin().await?;
    /// let savepoint = tx.save().await?;
    /// assert!(tx.execute("SELECT 1 / 0", &[]).await.is_err());
    /// savepoint.rollback().await?;
    /// // The failure is taken back, too: without that, nothing could be asked any more.
    /// tx.execute("SELECT 1", &[]).await?;
    /// tx.commit().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Lost`] when the connection is lost.
    pub async fn rollback(mut self) -> Result<(), Error> {
        self.open = false;
        self.transaction.forget_within(self.number);
        self.transaction.take_back(self.number).await
    }
}

impl Transaction {
    /// Before a savepoint is released, those within it that were dropped are taken back.
    async fn end_savepoints_within(&self, number: u64) -> Result<(), Error> {
        let within = self.savepoints.dropped.lock().is_ok_and(|dropped| dropped.is_some_and(|n| n > number));
        if within { self.end_savepoints().await } else { Ok(()) }
    }

    /// When a savepoint is taken back, those within it are as well.
    fn forget_within(&self, number: u64) {
        if let Ok(mut dropped) = self.savepoints.dropped.lock()
            && dropped.is_some_and(|n| n > number)
        {
            *dropped = None;
        }
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if let Ok(mut dropped) = self.transaction.savepoints.dropped.lock() {
            *dropped = Some(dropped.map_or(self.number, |outer| outer.min(self.number)));
        }
    }
}

impl std::fmt::Debug for Savepoint<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Savepoint").field("number", &self.number).finish_non_exhaustive()
    }
}
