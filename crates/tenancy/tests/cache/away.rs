//! Without Redis, or with a slow one, the service goes on.

use std::time::{Duration, Instant};

use freehold_sandbox::{RedisOptions, RedisServer, testing};
use freehold_tenancy::cache::{Cache, CacheError, CacheOptions, Found};
use futures_util::future::join_all;

use crate::stage::{Failed, Loader, NAME, options, tenant, until};

async fn own_redis() -> RedisServer {
    RedisServer::start(&RedisOptions { search: testing::beside(), ..RedisOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn without_redis_values_come_from_the_loader_and_with_it_again_from_the_cache() {
    let redis = own_redis().await;
    let whole = Cache::open(options(&redis)).await.unwrap();
    let cache = whole.tenant(&tenant(1));
    let loader = Loader::default();
    cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap();
    redis.kill().await.unwrap();
    for n in 2..=20 {
        let value = cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap().unwrap();
        assert_eq!(value, format!("load {n}"));
    }
    assert!(whole.is_away());
    // A probe now and then is asked in earnest.
    until("nothing is sent", async || matches!(cache.get(&NAME, 7).await, Err(CacheError::Open))).await;
    assert!(cache.forget(&NAME, 7).await.unwrap_err().is_away());
    let written = cache.write_through(&NAME, 7, async || Ok::<_, Failed>("written".to_owned())).await;
    assert_eq!(written.unwrap(), "written");
    // Still one load at a time: a probe may come later than the others.
    let before = loader.count();
    let reads = join_all((0..100).map(|_| cache.get_or_load(&NAME, 7, || loader.load()))).await;
    assert!(reads.iter().all(Result::is_ok));
    assert!(loader.count() <= before + 5, "{} loads", loader.count() - before);

    redis.restart().await.unwrap();
    until("the breaker closes", async || whole.ping().await.is_ok()).await;
    assert!(!whole.is_away());
    cache.get_or_load(&NAME, 7, || loader.load()).await.unwrap();
    assert!(matches!(cache.get(&NAME, 7).await, Ok(Found::Value(_))));
}

#[tokio::test]
async fn a_service_starts_without_redis() {
    let options = CacheOptions::new("test", "redis+unix:///nowhere/at/all.sock");
    let cache = Cache::open(options).await.unwrap();
    let error = cache.ping().await.unwrap_err();
    assert!(matches!(error, CacheError::Connection { .. }), "{error}");
    let loader = Loader::default();
    let value = cache.tenant(&tenant(1)).get_or_load(&NAME, 7, || loader.load()).await;
    assert_eq!(value.unwrap().unwrap(), "load 1");
}

#[tokio::test]
async fn a_redis_that_stands_still_is_waited_for_no_longer_than_its_time() {
    let redis = own_redis().await;
    let whole = Cache::open(options(&redis).timeout(Duration::from_millis(50))).await.unwrap();
    until("it answers within its time", async || whole.ping().await.is_ok()).await;
    redis.pause();
    let error = whole.ping().await.unwrap_err();
    assert!(matches!(error, CacheError::Timeout { .. }), "{error}");
    let loader = Loader::default();
    let started = Instant::now();
    for _ in 0..50 {
        whole.tenant(&tenant(1)).get_or_load(&NAME, 7, || loader.load()).await.unwrap();
    }
    assert_eq!(loader.count(), 50);
    // Two questions of 50 ms each for every read would be five seconds.
    assert!(
        started.elapsed() < Duration::from_secs(4) || cfg!(not(debug_assertions)),
        "the breaker did not open"
    );
    assert!(whole.is_away());
    redis.resume();
    until("the breaker closes", async || whole.ping().await.is_ok()).await;
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_without_repeating_them() {
    let secret = "redis://user:hunter2@host:notaport/";
    for options in [
        CacheOptions::new(" ", "redis://localhost/"),
        CacheOptions::new("test", secret),
        CacheOptions::new("test", "http://localhost/"),
        CacheOptions::new("test", "redis://localhost/").timeout(Duration::ZERO),
        CacheOptions::new("test", "").cluster([]),
        CacheOptions::new("test", "").cluster(["redis://localhost/".to_owned()]).local_bytes(1),
    ] {
        let error = Cache::open(options).await.unwrap_err();
        assert!(matches!(error, CacheError::Setup(_)), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}
