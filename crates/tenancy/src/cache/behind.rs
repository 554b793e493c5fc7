//! Writing behind: into Redis at once, into PostgreSQL in batches a little later.

mod queue;

use std::{error::Error as StdError, fmt, future::Future, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Cache, Entity, Place, error::CacheError, key::Owned, read::jittered, value::encode};
use crate::TenantId;
use queue::{NewWrite, Queue};

/// Values that are written to PostgreSQL a little later, in batches of one tenant: counters, last-seen times, heartbeats.
///
/// [`WriteBehind::push`] adds a write to a queue of its tenant (a Redis stream) and stores the value in the cache, both
/// or neither. Workers ([`WriteBehind::run`]) write batches, in order, and take them off the queue after that: **at
/// least once**. A worker that dies is followed by another; what it had begun is written again, with the same
/// [`Write::key`].
///
/// A write is as durable as Redis is: with `appendonly yes` and `appendfsync always` none that was answered is lost;
/// with less, those of the last second may be. What must not be lost at all belongs into PostgreSQL at once.
///
/// ```no_run
/// use freehold_tenancy::{Db, Execute, cache::{Cache, Entity, Write, WriteBehind}};
///
/// const SEEN: Entity<i64> = Entity::new("person", "seen");
///
/// # async fn f(db: Db, cache: &Cache, tenant: &freehold_tenancy::TenantId) -> Result<(), Box<dyn std::error::Error>> {
/// let behind = WriteBehind::new(cache, SEEN, "worker-1");
/// behind.push(tenant, 7, &1_700_000_000).await?;
///
/// let stop = tokio::sync::Notify::new();
/// behind.run(stop.notified(), |tenant, writes| {
///     let db = db.tenant(&tenant);
///     async move {
///         let ids: Vec<&str> = writes.iter().map(|write| write.id.as_str()).collect();
///         let seen: Vec<i64> = writes.iter().map(|write| write.value).collect();
///         let order: Vec<i64> = writes.iter().map(Write::order).collect();
///         // Writing one twice, or an older one after a newer one, changes nothing.
///         db.execute(
///             "UPDATE people SET seen = new.seen, seen_order = new.place
///              FROM (SELECT DISTINCT ON (id) * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS n (id, seen, place)
///                    ORDER BY id, place DESC) AS new
///              WHERE people.id = new.id::bigint AND people.seen_order < new.place",
///             &[&ids, &seen, &order],
///         ).await.map(drop)
///     }
/// }).await;
/// # Ok(())
/// # }
/// ```
pub struct WriteBehind<V> {
    cache: Cache,
    entity: Entity<V, Owned>,
    queue: Queue,
    limit: usize,
    interval: Duration,
}

/// A write that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write<V> {
    /// The same each time that this write is handed out, and no other write's: make it a unique column where a write may
    /// not count twice.
    pub key: Uuid,
    /// Its place among the writes of its tenant.
    pub place: Place,
    /// The id that it was pushed with.
    pub id: String,
    /// The value.
    pub value: V,
}

impl<V> Write<V> {
    /// Its place as one number, greater for each later write of the tenant, for a column of type `bigint`.
    pub fn order(&self) -> i64 {
        // 43 bits of milliseconds reach to the year 2248; a stream gives fewer than 2^20 places in a millisecond.
        let place = (self.place.millis << 20) | self.place.number.min((1 << 20) - 1);
        i64::try_from(place).unwrap_or(i64::MAX)
    }
}

/// Why a round of a worker ended early. Nothing is lost: what was not taken off the queue is handed out again.
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
    /// The queue of an entity. `worker` names this process among the workers: another name for each that runs at once.
    ///
    /// Up to 10,000 writes of a tenant wait; batches of 500, every 100 ms; what a worker began and did not end within
    /// 30 s another takes over; what failed five times is set aside.
    pub fn new(cache: &Cache, entity: Entity<V, Owned>, worker: impl Into<String>) -> Self {
        let queue = Queue {
            entity: entity.name,
            field: entity.field,
            worker: worker.into(),
            batch: 500,
            patience: Duration::from_secs(30),
            attempts: 5,
        };
        Self { cache: cache.clone(), entity, queue, limit: 10_000, interval: Duration::from_millis(100) }
    }

    /// Lets this many writes of one tenant wait; more are refused.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Writes this many at once.
    #[must_use]
    pub fn batch(mut self, count: u32) -> Self {
        self.queue.batch = count.clamp(1, 5_000);
        self
    }

    /// Looks for writes this often.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Takes over what another worker began and did not end within this time; also what failed is tried again after it.
    #[must_use]
    pub fn patience(mut self, time: Duration) -> Self {
        self.queue.patience = time;
        self
    }

    /// Sets a write aside after so many attempts.
    #[must_use]
    pub fn attempts(mut self, count: u32) -> Self {
        self.queue.attempts = count.max(1);
        self
    }

    /// Adds a write, and stores its value in the cache. Gives the key of the write.
    ///
    /// # Errors
    /// [`CacheError::Full`] when too many writes of this tenant wait, [`CacheError::Encode`], or when Redis gives no
    /// answer: then it may have been added. Write to PostgreSQL directly in each case.
    pub async fn push(
        &self,
        tenant: &TenantId,
        id: impl fmt::Display,
        value: &V,
    ) -> Result<Uuid, CacheError> {
        let key = Uuid::now_v7();
        let id = id.to_string();
        let json = serde_json::to_vec(value)
            .map_err(|source| CacheError::Encode { entity: self.entity.name, source })?;
        let stored = encode(&self.entity, Some(value), Duration::ZERO)?;
        let kept = self.cache.tenant(tenant).key(&self.entity, &id);
        let keep = jittered(self.entity.keep);
        let write = NewWrite { key, id: &id, json: &json, stored: &stored, keep };
        let pushed = self.queue.push(&self.cache, tenant, &kept, &write, self.limit).await?;
        self.cache.outdate(&kept);
        if pushed { Ok(key) } else { Err(CacheError::Full { queue: self.entity.name, limit: self.limit }) }
    }

    /// How many writes of a tenant wait or are being written.
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer.
    pub async fn waiting(&self, tenant: &TenantId) -> Result<u64, CacheError> {
        self.queue.waiting(&self.cache, tenant).await
    }

    /// How many writes of a tenant were set aside, since they can't be read or failed too often.
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer.
    pub async fn set_aside(&self, tenant: &TenantId) -> Result<u64, CacheError> {
        self.queue.count_set_aside(&self.cache, tenant).await
    }

    /// Writes one batch of each tenant who has any, by `write`; gives how many writes were done.
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

impl<V> fmt::Debug for WriteBehind<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteBehind")
            .field("entity", &self.entity)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
