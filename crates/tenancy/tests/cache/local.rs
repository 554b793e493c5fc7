//! The layer in the process, kept true by Redis.

use std::time::Duration;

use freehold_sandbox::{RedisOptions, RedisServer, testing};
use freehold_tenancy::cache::{Cache, Entity, Found, Scope};

use crate::stage::{Failed, options, redis, tenant, until};

const NAME: Entity<String> =
    Entity::new("person", "name").keep(Duration::from_secs(600)).keep_local(Duration::from_secs(600));

async fn gets(server: &RedisServer) -> u64 {
    let about: String =
        redis::cmd("INFO").arg("commandstats").query_async(&mut redis(server).await).await.unwrap();
    let line = about.lines().find_map(|line| line.strip_prefix("cmdstat_get:calls="));
    line.and_then(|rest| rest.split(',').next()).map_or(0, |calls| calls.parse().unwrap())
}

async fn put(scope: &Scope, value: &str) {
    scope.write_through(&NAME, 7, async || Ok::<_, Failed>(value.to_owned())).await.unwrap();
}

async fn value(scope: &Scope) -> Option<String> {
    scope.get(&NAME, 7).await.unwrap().value()
}

/// Until reads reach Redis no more.
async fn until_kept(server: &RedisServer, scope: &Scope) {
    until("the value is kept in the process", async || {
        value(scope).await;
        let before = gets(server).await;
        value(scope).await;
        gets(server).await == before
    })
    .await;
}

#[tokio::test]
async fn what_another_process_changes_is_forgotten_here() {
    // It counts what is asked, and flushes.
    let server = RedisServer::start(&RedisOptions { search: testing::beside(), ..RedisOptions::default() })
        .await
        .unwrap();
    let here = Cache::open(options(&server).local_bytes(1 << 20)).await.unwrap().tenant(&tenant(1));
    let there = Cache::open(options(&server)).await.unwrap().tenant(&tenant(1));
    put(&there, "one").await;
    until_kept(&server, &here).await;
    for n in 0..50 {
        let new = format!("value {n}");
        put(&there, &new).await;
        until("the new value is seen", async || value(&here).await.as_deref() == Some(&new)).await;
        until_kept(&server, &here).await;
        // What one changes oneself is seen at once.
        put(&here, "own").await;
        assert_eq!(value(&here).await.unwrap(), "own");
    }
    let _: () = redis::cmd("FLUSHALL").query_async(&mut redis(&server).await).await.unwrap();
    until("a flush is seen", async || here.get(&NAME, 7).await.unwrap() == Found::Miss).await;
}

#[tokio::test]
async fn while_redis_can_not_tell_nothing_is_kept() {
    let options_of_server =
        RedisOptions { search: testing::beside(), append_only: true, ..RedisOptions::default() };
    let server = RedisServer::start(&options_of_server).await.unwrap();
    let whole = Cache::open(options(&server).local_bytes(1 << 20)).await.unwrap();
    let here = whole.tenant(&tenant(1));
    put(&here, "one").await;
    until_kept(&server, &here).await;
    server.kill().await.unwrap();
    until("it is forgotten", async || here.get(&NAME, 7).await.is_err()).await;
    server.restart().await.unwrap();
    until("Redis answers again", async || whole.ping().await.is_ok()).await;
    until_kept(&server, &here).await;
    assert_eq!(value(&here).await.unwrap(), "one");
}
