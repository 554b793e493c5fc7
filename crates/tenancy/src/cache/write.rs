//! Writing: through to PostgreSQL first, then into the cache; and forgetting.

use std::{fmt, future::Future};

use serde::Serialize;

use super::{
    Scope,
    error::CacheError,
    key::Entity,
    lease::unsettled,
    read::{count_load, jittered},
    value::encode,
};

impl<S> Scope<S> {
    /// Forgets a value. Whoever is just loading it can't store it any more.
    ///
    /// Call it after the change was committed. With the [outbox](super::Relay) it need not be called at all.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Found};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// acme.get_or_load(&NAME, 7, || async { Ok::<_, std::io::Error>(Some("Ada".to_owned())) }).await?;
    /// acme.forget(&NAME, 7).await?;
    /// assert_eq!(acme.get(&NAME, 7).await?, Found::Miss);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer: the old value may stand until it expires.
    pub async fn forget<V>(&self, entity: &Entity<V, S>, id: impl fmt::Display) -> Result<(), CacheError> {
        let key = self.key(entity, id);
        self.cache.forget_keys(std::slice::from_ref(&key)).await
    }

    /// Writes to PostgreSQL by `write`, and stores the value that it gives.
    ///
    /// The old value is forgotten first, and nobody stores another one meanwhile. Of two who write at once neither's
    /// value is stored unless it is sure to be the last; when `write` fails or is cancelled, nothing is, since nobody
    /// knows what was committed. Without Redis only `write` runs.
    ///
    /// # Errors
    /// What `write` gave. Failures of Redis are none: they are counted and logged.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute, cache::{Entity, Found}};
    ///
    /// const BODY: Entity<String> = Entity::new("note", "body");
    /// # freehold_tenancy_ground::with_both(|ground, cache| async move {
    /// # let (db, acme) = (ground.db().await, freehold_tenancy_ground::tenant(1));
    /// # let (cache, tenant) = (cache.tenant(&acme), db.tenant(&acme));
    /// cache.write_through(&BODY, 1, || async {
    ///     let body = "oat milk".to_owned();
    ///     tenant.execute("UPDATE notes SET body = $1 WHERE id = 1", &[&body]).await?;
    ///     Ok::<_, Error>(body)
    /// }).await?;
    /// assert_eq!(cache.get(&BODY, 1).await?, Found::Value("oat milk".to_owned()));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn write_through<V, E, F, W>(
        &self,
        entity: &Entity<V, S>,
        id: impl fmt::Display,
        write: F,
    ) -> Result<V, E>
    where
        V: Serialize,
        F: FnOnce() -> W,
        W: Future<Output = Result<V, E>>,
    {
        let key = self.key(entity, id);
        let lease = self.cache.begin_write(&key).await.ok();
        let value = match write().await {
            Ok(value) => value,
            Err(error) => {
                drop(lease);
                self.settle(&key).await;
                return Err(error);
            }
        };
        let stored = match (lease, encode(entity, Some(&value), std::time::Duration::ZERO)) {
            (Some(lease), Ok(bytes)) => lease.fill(&bytes, jittered(entity.keep)).await.unwrap_or(false),
            _ => false,
        };
        count_load(entity.name, if stored { "written" } else { "write_outdated" });
        if !stored {
            self.settle(&key).await;
        }
        Ok(value)
    }

    /// What was stored since is not sure to be the last.
    async fn settle(&self, key: &super::Key) {
        if let Err(error) = self.cache.forget_keys(std::slice::from_ref(key)).await {
            unsettled(&error);
        }
    }
}
