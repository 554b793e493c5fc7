//! Filling the cache before it is asked.

use std::{collections::HashMap, fmt::Display, future::Future, hash::Hash, time::Instant};

use futures_util::future::join_all;
use serde::Serialize;

use super::{
    Scope,
    key::Entity,
    lease::{Lease, Leave, When},
    read::{count_load, jittered},
    value::encode,
};

/// How many values are loaded at once.
const AT_ONCE: usize = 200;

impl<S> Scope<S> {
    /// Loads what the cache does not have of these, 200 at a time, and gives how many values it stored.
    ///
    /// `load` gets the ids of one go and gives what it found; that the others have nothing is stored too. What is
    /// forgotten while it is loaded is not stored. Without Redis nothing is loaded.
    ///
    /// # Errors
    /// What `load` gave.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, cache::{Entity, Found}};
    ///
    /// const BODY: Entity<String> = Entity::new("note", "body");
    /// # freehold_tenancy_ground::with_both(|ground, cache| async move {
    /// # let (db, acme) = (ground.db().await, freehold_tenancy_ground::tenant(1));
    /// # let (cache, tenant) = (cache.tenant(&acme), &db.tenant(&acme));
    /// let stored = cache.warm(&BODY, &[1, 2, 9], |some: Vec<i64>| async move {
    ///     tenant.query::<(i64, String)>("SELECT id, body FROM notes WHERE id = ANY ($1)", &[&some]).await
    /// }).await?;
    /// assert_eq!(stored, 3);
    /// assert_eq!(cache.get(&BODY, 2).await?, Found::Value("bread".to_owned()));
    /// assert_eq!(cache.get(&BODY, 9).await?, Found::Nothing);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn warm<V, I, E, F, L>(&self, entity: &Entity<V, S>, ids: &[I], load: F) -> Result<u64, E>
    where
        V: Serialize,
        I: Display + Clone + Eq + Hash,
        F: Fn(Vec<I>) -> L,
        L: Future<Output = Result<Vec<(I, V)>, E>>,
    {
        let mut stored = 0;
        for some in ids.chunks(AT_ONCE) {
            let keys = some.iter().map(|id| self.key(entity, id)).collect::<Vec<_>>();
            let asked = keys.iter().map(|key| self.cache.lease(key, &self.tags, entity.keep, When::Missing));
            let mut leases: HashMap<I, Lease> = HashMap::new();
            for (id, leave) in some.iter().zip(join_all(asked).await) {
                if let Ok(Leave::Mine(lease)) = leave {
                    leases.insert(id.clone(), lease);
                }
            }
            if leases.is_empty() {
                continue;
            }
            let started = Instant::now();
            // When it fails, the leases hand themselves back.
            let found = load(leases.keys().cloned().collect()).await?;
            let took = started.elapsed();
            let mut fills = Vec::with_capacity(leases.len());
            let mut plan = |lease: Lease, value: Option<&V>| {
                let keep = if value.is_some() { entity.keep } else { entity.keep_nothing };
                if let Ok(bytes) = encode(entity, value, took)
                    && !keep.is_zero()
                {
                    fills.push(async move { lease.fill(&bytes, jittered(keep)).await.unwrap_or(false) });
                }
            };
            for (id, value) in &found {
                if let Some(lease) = leases.remove(id) {
                    plan(lease, Some(value));
                }
            }
            leases.drain().for_each(|(_, lease)| plan(lease, None));
            let filled = join_all(fills).await.into_iter().filter(|filled| *filled).count();
            count_load(entity.name, "warmed");
            stored += u64::try_from(filled).unwrap_or(u64::MAX);
        }
        Ok(stored)
    }
}
