//! Loading: by one task of one process, while the others wait.

use std::{
    error::Error as StdError,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::{count_load, count_read, jittered, read_as};
use crate::cache::{
    Scope,
    error::LoadError,
    flight::{Landed, Leader, Seat},
    key::{Entity, Key},
    lease::{Lease, Leave, When},
    value::encode,
};

/// How long the first pause is while another process loads; each next one is half as long again.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// How long a pause is at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

impl<S> Scope<S> {
    /// Loads, or waits for the one in this process who does.
    pub(super) async fn load_once<V, E, F, L>(
        &self,
        entity: &Entity<V, S>,
        key: &Key,
        load: F,
    ) -> Result<Option<V>, LoadError<E>>
    where
        V: Serialize + DeserializeOwned,
        E: StdError + Send + Sync + 'static,
        F: FnOnce() -> L,
        L: Future<Output = Result<Option<V>, E>>,
    {
        loop {
            let follower = match self.cache.0.flights.board(key.as_str()) {
                Seat::Leader(leader) => return self.lead(entity, key, load, leader).await,
                Seat::Follower(follower) => follower,
            };
            match follower.landed().await {
                Landed::Value(bytes) => {
                    if let Some(read) = read_as(entity, &bytes) {
                        count_read(entity.name, "joined");
                        return Ok(read.value);
                    }
                }
                Landed::Failed(error) => {
                    if let Ok(error) = error.downcast::<E>() {
                        return Err(LoadError(error));
                    }
                }
                Landed::Left => continue,
            }
            // What the other one brought is of no use here: it had another type.
            return load().await.map_err(|error| LoadError(Arc::new(error)));
        }
    }

    /// Gets the value for all who wait in this process.
    async fn lead<V, E, F, L>(
        &self,
        entity: &Entity<V, S>,
        key: &Key,
        load: F,
        leader: Leader,
    ) -> Result<Option<V>, LoadError<E>>
    where
        V: Serialize + DeserializeOwned,
        E: StdError + Send + Sync + 'static,
        F: FnOnce() -> L,
        L: Future<Output = Result<Option<V>, E>>,
    {
        let lease = match self.leave_to_load(entity, key).await {
            Some(Leave::Stored(bytes)) => match read_as(entity, &bytes) {
                Some(read) => {
                    leader.land(Landed::Value(bytes));
                    return Ok(read.value);
                }
                // Not ours, or of another version: over it.
                None => match self.cache.lease(key, &self.tags, entity.keep, When::Anyway).await {
                    Ok(Leave::Mine(lease)) => Some(lease),
                    _ => None,
                },
            },
            Some(Leave::Mine(lease)) => Some(lease),
            Some(Leave::Theirs) | None => None,
        };
        let started = Instant::now();
        match load().await {
            Ok(value) => {
                let took = started.elapsed();
                metrics::histogram!("freehold_cache_load_seconds", "entity" => entity.name).record(took);
                match encode(entity, value.as_ref(), took) {
                    Ok(bytes) => {
                        self.store(entity, &bytes, value.is_some(), lease).await;
                        leader.land(Landed::Value(bytes));
                    }
                    Err(error) => {
                        count_load(entity.name, "unstorable");
                        tracing::error!(%error, "a loaded value is not kept");
                        leader.land(Landed::Failed(Arc::new(())));
                    }
                }
                Ok(value)
            }
            Err(error) => {
                count_load(entity.name, "failed");
                let error = Arc::new(error);
                leader.land(Landed::Failed(error.clone()));
                if let Some(lease) = lease {
                    lease.hand_back().await;
                }
                Err(LoadError(error))
            }
        }
    }

    /// Asks for leave until it is given, a value is there, or the time to wait is over.
    async fn leave_to_load<V>(&self, entity: &Entity<V, S>, key: &Key) -> Option<Leave> {
        let (started, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let leave = self.cache.lease(key, &self.tags, entity.keep, When::Missing).await.ok()?;
            if !matches!(leave, Leave::Theirs) {
                return Some(leave);
            }
            if started.elapsed() >= self.cache.0.wait {
                count_load(entity.name, "waited");
                return None;
            }
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
        }
    }

    async fn store<V>(&self, entity: &Entity<V, S>, bytes: &Bytes, is_some: bool, lease: Option<Lease>) {
        let Some(lease) = lease else {
            count_load(entity.name, "unleased");
            return;
        };
        let keep = if is_some { jittered(entity.keep) } else { jittered(entity.keep_nothing) };
        if keep.is_zero() {
            count_load(entity.name, "not_kept");
            lease.hand_back().await;
            return;
        }
        count_load(
            entity.name,
            match lease.fill(bytes, keep).await {
                Ok(true) => "stored",
                Ok(false) => "outdated",
                Err(_) => "unstored",
            },
        );
    }

    /// Loads anew what is about to expire, if nobody does so already; the old value stands when that fails.
    pub(super) async fn refresh<V, E, F, L>(
        &self,
        entity: &Entity<V, S>,
        key: &Key,
        old: Option<V>,
        load: F,
    ) -> Option<V>
    where
        V: Serialize + DeserializeOwned,
        E: StdError + Send + Sync + 'static,
        F: FnOnce() -> L,
        L: Future<Output = Result<Option<V>, E>>,
    {
        let leave = self.cache.lease(key, &self.tags, entity.keep, When::Anyway).await;
        let Ok(Leave::Mine(lease)) = leave else { return old };
        let started = Instant::now();
        match load().await {
            Ok(value) => {
                if let Ok(bytes) = encode(entity, value.as_ref(), started.elapsed()) {
                    self.store(entity, &bytes, value.is_some(), Some(lease)).await;
                }
                value
            }
            Err(error) => {
                count_load(entity.name, "failed");
                tracing::warn!(error = &error as &dyn StdError, entity = entity.name, "an early load failed");
                lease.hand_back().await;
                old
            }
        }
    }
}
