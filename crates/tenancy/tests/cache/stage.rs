//! What the tests of the cache stand on.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use freehold_sandbox::{RedisServer, testing};
use freehold_tenancy::{
    TenantId,
    cache::{Cache, CacheOptions, Entity, Key},
};

pub const NAME: Entity<String> =
    Entity::new("person", "name").keep(Duration::from_secs(60)).keep_nothing(Duration::from_secs(60));

pub fn tenant(n: i64) -> TenantId {
    TenantId::bigint(n).unwrap()
}

#[derive(Debug, thiserror::Error)]
#[error("the loader failed, {0}")]
pub struct Failed(pub u32);

/// Each test's own: they may share a Redis.
pub fn service() -> String {
    std::thread::current().name().unwrap_or("test").replace(':', "-")
}

/// Generous, since the machine may be busy.
pub fn options(redis: &RedisServer) -> CacheOptions {
    CacheOptions::new(service(), redis.url()).timeout(Duration::from_secs(10)).lease(Duration::from_secs(30))
}

pub async fn cache() -> Cache {
    let redis = testing::redis().await;
    Cache::open(options(&redis)).await.unwrap()
}

/// Redis as a person with a shell sees it.
pub async fn redis(server: &RedisServer) -> redis::aio::MultiplexedConnection {
    redis::Client::open(server.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

pub async fn shell() -> redis::aio::MultiplexedConnection {
    redis(&*testing::redis().await).await
}

pub async fn run<T: redis::FromRedisValue>(words: &[&str]) -> T {
    let mut shell = shell().await;
    redis::cmd(words[0]).arg(&words[1..]).query_async(&mut shell).await.unwrap()
}

pub async fn exists(key: &Key) -> bool {
    run(&["EXISTS", key.as_str()]).await
}

/// A loader that counts how often it runs.
#[derive(Default)]
pub struct Loader(AtomicU64);

impl Loader {
    pub async fn load(&self) -> Result<Option<String>, Failed> {
        let count = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
        Ok(Some(format!("load {count}")))
    }

    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Waits until something is so; fails after twenty seconds.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not so after twenty seconds: {what}");
}
