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
    /// ```no_run
    /// # use freehold_tenancy::{Tenant, Execute, Error, cache::{Scope, Entity}};
    /// const NAME: Entity<String> = Entity::new("person", "name");
    ///
    /// async fn rename(cache: &Scope, tenant: &Tenant, person: i64, name: String) -> Result<String, Error> {
    ///     cache.write_through(&NAME, person, || async {
    ///         tenant.execute("UPDATE people SET name = $2 WHERE id = $1", &[&person, &name]).await?;
    ///         Ok(name)
    ///     }).await
    /// }
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
