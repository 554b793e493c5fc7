//! Writing behind: into Redis at once, into PostgreSQL in batches a little later.

mod queue;
mod worker;
mod write;

use std::{fmt, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Cache, Entity, error::CacheError, key::Owned, read::jittered, value::encode};
use crate::TenantId;
use queue::{NewWrite, Queue};
pub use worker::BehindError;
pub use write::Write;

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
/// ```
/// use freehold_tenancy::{Execute, cache::{Entity, Write, WriteBehind}};
///
/// const SEEN: Entity<i64> = Entity::new("person", "seen");
/// # freehold_tenancy_ground::with_both(|ground, cache| async move {
/// # ground.admin(
/// #     "CREATE TABLE people (tenant_id uuid, id bigint, seen bigint DEFAULT 0, seen_order bigint DEFAULT 0);
/// #      ALTER TABLE people ENABLE ROW LEVEL SECURITY;
/// #      CREATE POLICY own ON people
/// #          USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
/// #      GRANT SELECT, UPDATE ON people TO app_writer;
/// #      INSERT INTO people VALUES ('00000000-0000-0000-0000-000000000001', 7)",
/// # ).await;
/// # let (db, cache, tenant) = (ground.db().await, &cache, &freehold_tenancy_ground::tenant(1));
/// let behind = WriteBehind::new(cache, SEEN, "worker-1");
/// behind.push(tenant, 7, &1_700_000_000).await?;
///
/// # let stopped = async {
/// #     while behind.waiting(tenant).await.is_ok_and(|left| left > 0) {
/// #         tokio::time::sleep(std::time::Duration::from_millis(5)).await;
/// #     }
/// # };
/// behind.run(stopped, |tenant, writes| {
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
/// # assert_eq!(db.tenant(tenant).query_value::<i64>("SELECT seen FROM people", &[]).await?, 1_700_000_000);
/// # Ok(())
/// # });
/// ```
pub struct WriteBehind<V> {
    cache: Cache,
    entity: Entity<V, Owned>,
    queue: Queue,
    limit: usize,
    interval: Duration,
}

impl<V: Serialize + DeserializeOwned> WriteBehind<V> {
    /// The queue of an entity. `worker` names this process among the workers: another name for each that runs at once.
    ///
    /// Up to 10,000 writes of a tenant wait; batches of 500, every 100 ms; what a worker began and did not end within
    /// 30 s another takes over; what failed five times is set aside.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let behind = WriteBehind::new(&cache, SEEN, format!("worker-{}", std::process::id()));
    /// assert_eq!(behind.waiting(&tenant).await?, 0);
    /// # Ok(())
    /// # });
    /// ```
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
    ///
    /// ```
    /// use freehold_tenancy::cache::{CacheError, Entity, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let behind = WriteBehind::new(&cache, SEEN, "worker-1").limit(1);
    /// behind.push(&tenant, 7, &1).await?;
    /// assert!(matches!(behind.push(&tenant, 8, &1).await, Err(CacheError::Full { limit: 1, .. })));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Writes this many at once.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let behind = WriteBehind::new(&cache, SEEN, "worker-1").batch(2);
    /// for person in 1..=3 {
    ///     behind.push(&tenant, person, &1).await?;
    /// }
    /// assert_eq!(behind.round(|_, _| async { Ok::<_, std::io::Error>(()) }).await?, 2);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn batch(mut self, count: u32) -> Self {
        self.queue.batch = count.clamp(1, 5_000);
        self
    }

    /// Looks for writes this often.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::{Cache, Entity, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    ///
    /// fn lazy(cache: &Cache) -> WriteBehind<i64> {
    ///     WriteBehind::new(cache, SEEN, "worker-1").every(Duration::from_secs(5))
    /// }
    /// ```
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Takes over what another worker began and did not end within this time; also what failed is tried again after it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::{Cache, Entity, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    ///
    /// /// Longer than the slowest batch takes: what is taken over is written twice.
    /// fn slow(cache: &Cache) -> WriteBehind<i64> {
    ///     WriteBehind::new(cache, SEEN, "worker-1").patience(Duration::from_secs(300))
    /// }
    /// ```
    #[must_use]
    pub fn patience(mut self, time: Duration) -> Self {
        self.queue.patience = time;
        self
    }

    /// Sets a write aside after so many attempts.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::{Entity, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let behind = WriteBehind::new(&cache, SEEN, "worker-1").attempts(1).patience(Duration::from_millis(1));
    /// behind.push(&tenant, 7, &1).await?;
    /// for _ in 0..2 {
    ///     let _ = behind.round(|_, _| async { Err("it is refused each time") }).await;
    ///     tokio::time::sleep(Duration::from_millis(20)).await;
    /// }
    /// assert_eq!((behind.waiting(&tenant).await?, behind.set_aside(&tenant).await?), (0, 1));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn attempts(mut self, count: u32) -> Self {
        self.queue.attempts = count.max(1);
        self
    }

    /// Adds a write, and stores its value in the cache. Gives the key of the write.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Found, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let behind = WriteBehind::new(&cache, SEEN, "worker-1");
    /// behind.push(&tenant, 7, &1_700_000_000).await?;
    /// // Whoever reads through the cache sees it at once.
    /// assert_eq!(cache.tenant(&tenant).get(&SEEN, 7).await?, Found::Value(1_700_000_000));
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// use freehold_tenancy::cache::{Entity, WriteBehind};
    ///
    /// const SEEN: Entity<i64> = Entity::new("person", "seen");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let behind = WriteBehind::new(&cache, SEEN, "worker-1");
    /// behind.push(&tenant, 7, &1).await?;
    /// behind.push(&tenant, 7, &2).await?;
    /// assert_eq!(behind.waiting(&tenant).await?, 2, "each write, not each id");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer.
    pub async fn waiting(&self, tenant: &TenantId) -> Result<u64, CacheError> {
        self.queue.waiting(&self.cache, tenant).await
    }

    /// How many writes of a tenant were set aside, since they can't be read or failed too often.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, WriteBehind};
    ///
    /// const AGE: Entity<String> = Entity::new("person", "age");
    /// const NEW_AGE: Entity<u8> = Entity::new("person", "age").version(2);
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// WriteBehind::new(&cache, AGE, "worker-1").push(&tenant, 7, &"forty".to_owned()).await?;
    /// // A program that has another type by now can't read what still waits.
    /// let behind = WriteBehind::new(&cache, NEW_AGE, "worker-2");
    /// behind.round(|_, _| async { Ok::<_, std::io::Error>(()) }).await?;
    /// assert_eq!(behind.set_aside(&tenant).await?, 1);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer.
    pub async fn set_aside(&self, tenant: &TenantId) -> Result<u64, CacheError> {
        self.queue.count_set_aside(&self.cache, tenant).await
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
