//! The worker's side of the queue: batches are taken, written and taken off.

use std::{error::Error as StdError, future::Future, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

use super::{Write, WriteBehind};
use crate::{
    TenantId,
    cache::{CacheError, Place},
};

/// Why a round of a worker ended early. Nothing is lost: what was not taken off the queue is handed out again.
///
/// ```
/// use freehold_tenancy::cache::{BehindError, Entity, WriteBehind};
///
/// const SEEN: Entity<i64> = Entity::new("person", "seen");
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let behind = WriteBehind::new(&cache, SEEN, "worker-1");
/// behind.push(&tenant, 7, &1).await?;
/// let round = behind.round(|_, _| async { Err("the database is away") }).await;
/// assert!(matches!(round, Err(BehindError::Write("the database is away"))));
/// assert_eq!(behind.waiting(&tenant).await?, 1, "it is handed out again");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BehindError<E> {
    /// Redis gave no answer.
    #[error("asking Redis for what is to be written")]
    Redis(#[from] CacheError),
    /// The batch could not be written.
    #[error("writing what was written behind")]
    Write(#[source] E),
}

impl<V: Serialize + DeserializeOwned> WriteBehind<V> {
    /// Writes one batch of each tenant who has any, by `write`; gives how many writes were done.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let behind = WriteBehind::new(&cache, SEEN, "worker-1");
    /// behind.push(&tenant, 7, &1).await?;
    /// let done = behind.round(|tenant, writes| async move {
    ///     println!("{} writes of {}", writes.len(), tenant.hash_for_logs());
    ///     Ok::<_, std::io::Error>(())
    /// }).await?;
    /// assert_eq!((done, behind.waiting(&tenant).await?), (1, 0));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`BehindError`], the first one; the batches of other tenants are written all the same.
    pub async fn round<E, F, W>(&self, write: F) -> Result<u64, BehindError<E>>
    where
        F: Fn(TenantId, Vec<Write<V>>) -> W,
        W: Future<Output = Result<(), E>>,
    {
        let (mut done, mut first_error) = (0, None);
        for tenant in self.queue.tenants(&self.cache).await? {
            match self.batch_of(&tenant, &write).await {
                Ok(count) => done += count,
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            Some(error) => Err(error),
            None => Ok(done),
        }
    }

    async fn batch_of<E, F, W>(&self, tenant: &TenantId, write: &F) -> Result<u64, BehindError<E>>
    where
        F: Fn(TenantId, Vec<Write<V>>) -> W,
        W: Future<Output = Result<(), E>>,
    {
        let taken = self.queue.take(&self.cache, tenant).await?;
        let mut writes = Vec::with_capacity(taken.len());
        for entry in taken {
            match entry.read::<V>() {
                Some(write) => writes.push(write),
                None => self.queue.put_aside(&self.cache, tenant, entry.place).await?,
            }
        }
        if writes.is_empty() {
            self.queue.leave_idle(&self.cache, tenant).await?;
            return Ok(0);
        }
        let places: Vec<Place> = writes.iter().map(|write| write.place).collect();
        write(tenant.clone(), writes).await.map_err(BehindError::Write)?;
        self.queue.done(&self.cache, tenant, &places).await?;
        let count = u64::try_from(places.len()).unwrap_or(u64::MAX);
        metrics::counter!("freehold_cache_written_behind_total", "entity" => self.entity.name)
            .increment(count);
        Ok(count)
    }

    /// Writes until `stop` is ready. Failures are logged and counted, and it goes on after a pause.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, WriteBehind};
    /// use tokio::sync::Notify;
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let behind = WriteBehind::new(&cache, SEEN, "worker-1");
    /// behind.push(&tenant, 7, &1).await?;
    /// let stop = Notify::new();
    /// behind.run(stop.notified(), |_, _writes| {
    ///     // Written; a signal of the process would be what stops it.
    ///     stop.notify_one();
    ///     async { Ok::<_, std::io::Error>(()) }
    /// }).await;
    /// # Ok(())
    /// # });
    /// ```
    pub async fn run<E, F, W>(&self, stop: impl Future<Output = ()>, write: F)
    where
        E: StdError + 'static,
        F: Fn(TenantId, Vec<Write<V>>) -> W,
        W: Future<Output = Result<(), E>>,
    {
        let mut stop = std::pin::pin!(stop);
        loop {
            let pause = tokio::select! {
                () = &mut stop => return,
                done = self.round(&write) => match done {
                    Ok(0) => self.interval,
                    Ok(_) => continue,
                    Err(error) => {
                        metrics::counter!("freehold_cache_behind_failures_total").increment(1);
                        tracing::warn!(error = &error as &dyn StdError, "what was written behind still waits");
                        self.interval.max(Duration::from_millis(500))
                    }
                },
            };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}
