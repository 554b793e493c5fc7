//! Writing behind: at least once, in order, whatever is killed meanwhile.
#![cfg(feature = "cache")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

use std::time::Duration;

use freehold_sandbox::{RedisOptions, RedisServer, testing};
use freehold_tenancy::{
    Db, Error, Execute, TenantId,
    cache::{BehindError, Cache, CacheError, CacheOptions, Entity, Found, Write, WriteBehind},
};
use ground::{Ground, tenant};
use tokio::sync::oneshot;
use uuid::Uuid;

const BODY: Entity<String> = Entity::new("note", "body").keep(Duration::from_secs(600));

struct Stage {
    _ground: Ground,
    db: Db,
    redis: RedisServer,
    cache: Cache,
}

impl Stage {
    async fn new() -> Self {
        let ground = Ground::new().await;
        ground
            .admin(
                "CREATE TABLE written (tenant_id uuid NOT NULL, key uuid NOT NULL, note text NOT NULL, body text NOT NULL,
                     place bigint NOT NULL, PRIMARY KEY (tenant_id, key));
                 ALTER TABLE written ENABLE ROW LEVEL SECURITY;
                 CREATE POLICY own ON written USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
                 GRANT SELECT, INSERT ON written TO app_writer",
            )
            .await;
        let options =
            RedisOptions { search: testing::beside(), append_only: true, ..RedisOptions::default() };
        let redis = RedisServer::start(&options).await.unwrap();
        let options = CacheOptions::new("test", redis.url()).timeout(Duration::from_secs(5));
        Self { db: ground.db().await, _ground: ground, redis, cache: Cache::open(options).await.unwrap() }
    }

    fn behind(&self, worker: &str) -> WriteBehind<String> {
        WriteBehind::new(&self.cache, BODY, worker).every(Duration::from_millis(20))
    }

    async fn written(&self, n: u128) -> Vec<(String, String)> {
        let db = self.db.tenant(&tenant(n));
        db.query("SELECT note, body FROM written ORDER BY place", &[]).await.unwrap()
    }

    async fn until_written(&self, n: u128, count: usize) -> Vec<(String, String)> {
        for _ in 0..2_000 {
            let written = self.written(n).await;
            if written.len() >= count {
                return written;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not written after twenty seconds");
    }
}

/// A write that may be handed out twice counts once.
async fn write(db: Db, tenant: TenantId, writes: Vec<Write<String>>) -> Result<(), Error> {
    let keys: Vec<Uuid> = writes.iter().map(|write| write.key).collect();
    let notes: Vec<&str> = writes.iter().map(|write| write.id.as_str()).collect();
    let bodies: Vec<&str> = writes.iter().map(|write| write.value.as_str()).collect();
    let places: Vec<i64> = writes.iter().map(Write::order).collect();
    let sql = "INSERT INTO written (tenant_id, key, note, body, place)
               SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) ON CONFLICT DO NOTHING";
    db.tenant(&tenant).execute(sql, &[&tenant, &keys, &notes, &bodies, &places]).await.map(drop)
}

#[tokio::test]
async fn what_is_pushed_is_read_at_once_and_written_in_order_for_each_tenant() {
    let stage = Stage::new().await;
    let behind = stage.behind("one").batch(7);
    for id in 0..20 {
        behind.push(&tenant(1), id, &format!("body {id}")).await.unwrap();
    }
    behind.push(&tenant(2), 1, &"of two".to_owned()).await.unwrap();
    assert_eq!(behind.waiting(&tenant(1)).await.unwrap(), 20);
    let scope = stage.cache.tenant(&tenant(1));
    assert_eq!(scope.get(&BODY, 3).await.unwrap(), Found::Value("body 3".to_owned()));
    assert_eq!(stage.cache.tenant(&tenant(3)).get(&BODY, 3).await.unwrap(), Found::Miss);
    let mut done = Vec::new();
    loop {
        let count = behind.round(|tenant, writes| write(stage.db.clone(), tenant, writes)).await.unwrap();
        if count == 0 {
            break;
        }
        done.push(count);
    }
    assert_eq!(done, [8, 7, 6], "a batch of each tenant in each round");
    let expected: Vec<_> = (0..20).map(|id| (id.to_string(), format!("body {id}"))).collect();
    assert_eq!(stage.written(1).await, expected);
    assert_eq!(stage.written(2).await, [("1".to_owned(), "of two".to_owned())]);
    assert_eq!(behind.waiting(&tenant(1)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_full_queue_takes_no_more_and_other_tenants_are_not_held_up() {
    let stage = Stage::new().await;
    let behind = stage.behind("one").limit(3);
    for id in 0..3 {
        behind.push(&tenant(1), id, &"x".to_owned()).await.unwrap();
    }
    let full = behind.push(&tenant(1), 3, &"x".to_owned()).await.unwrap_err();
    assert!(matches!(full, CacheError::Full { queue: "note", limit: 3 }), "{full}");
    assert_eq!(stage.cache.tenant(&tenant(1)).get(&BODY, 3).await.unwrap(), Found::Miss, "neither or both");
    behind.push(&tenant(2), 3, &"x".to_owned()).await.unwrap();
    behind.round(|tenant, writes| write(stage.db.clone(), tenant, writes)).await.unwrap();
    behind.push(&tenant(1), 3, &"x".to_owned()).await.unwrap();
}

#[tokio::test]
async fn what_a_dead_worker_began_another_ends_and_it_counts_once() {
    let stage = Stage::new().await;
    let (dying, next) = (stage.behind("dying"), stage.behind("next").patience(Duration::from_millis(50)));
    let key = dying.push(&tenant(1), 7, &"once".to_owned()).await.unwrap();
    // It dies after the commit and before the queue knows.
    let (written, is_written) = oneshot::channel();
    let written = std::sync::Mutex::new(Some(written));
    let mut round = Box::pin(dying.round(|tenant, writes| {
        let (db, told) = (stage.db.clone(), written.lock().unwrap().take());
        async move {
            write(db, tenant, writes).await?;
            told.unwrap().send(()).unwrap();
            std::future::pending::<Result<(), Error>>().await
        }
    }));
    tokio::select! {
        _ = &mut round => panic!("it never ends"),
        seen = is_written => seen.unwrap(),
    }
    drop(round);
    assert_eq!((stage.written(1).await.len(), next.waiting(&tenant(1)).await.unwrap()), (1, 1));
    let again = std::sync::Mutex::new(Vec::new());
    while next.waiting(&tenant(1)).await.unwrap() > 0 {
        let round = next.round(|tenant, writes| {
            again.lock().unwrap().extend(writes.iter().map(|write| write.key));
            write(stage.db.clone(), tenant, writes)
        });
        round.await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(*again.lock().unwrap(), [key], "handed out again with the same key");
    assert_eq!(stage.written(1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_when_redis_is_killed_again_and_again() {
    let stage = Stage::new().await;
    let mut workers = Vec::new();
    for name in ["one", "two"] {
        let (behind, db) =
            (stage.behind(name).patience(Duration::from_millis(200)).attempts(1_000), stage.db.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            behind.run(stopped, |tenant, writes| write(db.clone(), tenant, writes)).await;
        });
        workers.push((stop, task));
    }
    let pusher = stage.behind("pusher");
    let mut answered = Vec::new();
    for round in 0..3 {
        for n in 0..40 {
            if n == 20 {
                stage.redis.kill().await.unwrap();
            }
            let id = format!("{round}-{n}");
            if pusher.push(&tenant(1), &id, &"x".to_owned()).await.is_ok() {
                answered.push(id);
            }
        }
        stage.redis.restart().await.unwrap();
        while stage.cache.ping().await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert!(answered.len() >= 60, "{}", answered.len());
    let written = stage.until_written(1, answered.len()).await;
    let written: std::collections::BTreeSet<String> = written.into_iter().map(|(id, _)| id).collect();
    assert!(answered.iter().all(|id| written.contains(id)));
    for (stop, task) in workers {
        stop.send(()).unwrap();
        task.await.unwrap();
    }
}

#[tokio::test]
async fn what_can_not_be_written_or_read_is_set_aside_and_holds_up_nobody() {
    let stage = Stage::new().await;
    let behind = stage.behind("one").patience(Duration::from_millis(1)).attempts(2);
    behind.push(&tenant(1), "bad", &"no \0 in text".to_owned()).await.unwrap();
    let mut failures = 0;
    while behind.set_aside(&tenant(1)).await.unwrap() == 0 {
        let round = behind.round(|tenant, writes| write(stage.db.clone(), tenant, writes)).await;
        failures += u32::from(matches!(round, Err(BehindError::Write(_))));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!((failures, behind.waiting(&tenant(1)).await.unwrap()), (2, 0));

    let client = redis::Client::open(stage.redis.url()).unwrap();
    let mut shell = client.get_multiplexed_async_connection().await.unwrap();
    let stream = format!("test:note:{{{}}}::body~behind", tenant(1));
    behind.push(&tenant(1), "first", &"x".to_owned()).await.unwrap();
    for fields in [["value", "1"], ["key", "x"]] {
        let _: String =
            redis::cmd("XADD").arg(&stream).arg("*").arg(&fields).query_async(&mut shell).await.unwrap();
    }
    behind.push(&tenant(1), "good", &"x".to_owned()).await.unwrap();
    let done = behind.round(|tenant, writes| write(stage.db.clone(), tenant, writes)).await.unwrap();
    assert_eq!((done, behind.set_aside(&tenant(1)).await.unwrap()), (2, 3));
    // A list of tenants with garbage on it, and a queue whose group is gone.
    let _: i64 = redis::cmd("ZADD")
        .arg("test:note:{~}::body~behind")
        .arg(&["1", "garbage", "2", "uuid:x"])
        .query_async(&mut shell)
        .await
        .unwrap();
    behind.push(&tenant(1), "after", &"x".to_owned()).await.unwrap();
    let _: i64 =
        redis::cmd("XGROUP").arg(&["DESTROY", &stream, "workers"]).query_async(&mut shell).await.unwrap();
    while behind.waiting(&tenant(1)).await.unwrap() > 0 {
        behind.round(|tenant, writes| write(stage.db.clone(), tenant, writes)).await.unwrap();
    }
    assert_eq!(stage.written(1).await.len(), 3);
}
