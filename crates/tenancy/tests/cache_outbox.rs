//! What changes in PostgreSQL is forgotten in Redis, whatever is down meanwhile.
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
    Db, Execute,
    cache::{Cache, CacheOptions, Entity, Found, Outbox, Relay, Scope, Tag},
    listen::Listener,
};
use ground::{Ground, tenant};
use redis::AsyncCommands;
use tokio::sync::oneshot;

const BODY: Entity<String> = Entity::new("note", "body").keep(Duration::from_secs(600));
const COUNT: Entity<i64> = Entity::new("notes", "count").keep(Duration::from_secs(600));

struct Stage {
    ground: Ground,
    db: Db,
    redis: RedisServer,
    cache: Cache,
    outbox: Outbox,
}

impl Stage {
    async fn new() -> Self {
        let ground = Ground::new().await;
        let outbox = Outbox::new(["app_writer"], "app_system");
        let tenancy = Ground::tenancy();
        ground.admin(&outbox.create(&tenancy)).await;
        ground.admin(&outbox.watch(&tenancy, "public.notes", "note", "id")).await;
        let options =
            RedisOptions { search: testing::beside(), append_only: true, ..RedisOptions::default() };
        let redis = RedisServer::start(&options).await.unwrap();
        let options = CacheOptions::new("test", redis.url()).timeout(Duration::from_secs(5));
        let cache = Cache::open(options).await.unwrap();
        Self { db: ground.db().await, ground, redis, cache, outbox }
    }

    fn relay(&self) -> Relay {
        let system = self.db.system("telling the cache what changed").unwrap();
        Relay::new(&self.cache, system, &self.outbox).watch(&BODY).every(Duration::from_millis(50))
    }

    fn scope(&self, n: u128) -> Scope {
        self.cache.tenant(&tenant(n))
    }

    async fn write(&self, n: u128, id: i64, body: &str) {
        let sql = "INSERT INTO notes (tenant_id, id, body) VALUES ($1, $2, $3)
                   ON CONFLICT (tenant_id, id) DO UPDATE SET body = excluded.body";
        self.db.tenant(&tenant(n)).execute(sql, &[&tenant(n), &id, &body]).await.unwrap();
    }

    /// Through the cache.
    async fn read(&self, n: u128, id: i64) -> Option<String> {
        let db = self.db.tenant(&tenant(n));
        let load = || async {
            let row = db.query_opt::<(String,)>("SELECT body FROM notes WHERE id = $1", &[&id]).await?;
            Ok::<_, freehold_tenancy::Error>(row.map(|(body,)| body))
        };
        self.scope(n).get_or_load(&BODY, id, load).await.unwrap()
    }

    async fn waiting(&self) -> i64 {
        let system = self.db.system("counting what waits").unwrap();
        system.query_value("SELECT count(*) FROM freehold_outbox WHERE told_at IS NULL", &[]).await.unwrap()
    }

    async fn until_told(&self) {
        for _ in 0..2_000 {
            if self.waiting().await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not told after twenty seconds");
    }

    /// Runs a relay; stopped by the sender.
    fn spawn(&self, relay: Relay) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(relay.run(async {
            let _ = stopped.await;
        }));
        (stop, task)
    }
}

#[tokio::test]
async fn what_changed_is_forgotten_and_nothing_else_is() {
    let stage = Stage::new().await;
    let mut relay = stage.relay();
    for n in [1, 2] {
        stage.write(n, 7, "old").await;
        stage.write(n, 8, "other").await;
        for id in [7, 8, 9] {
            stage.read(n, id).await;
        }
    }
    assert_eq!(relay.tell().await.unwrap(), 4);
    for n in [1, 2] {
        for id in [7, 8, 9] {
            stage.read(n, id).await;
        }
        let count = stage.scope(n).tagged([Tag::all("note")]);
        count.get_or_load(&COUNT, "all", || async { Ok::<_, std::fmt::Error>(Some(2)) }).await.unwrap();
    }
    stage.write(1, 7, "new").await;
    assert_eq!(stage.read(1, 7).await.unwrap(), "old", "nobody told yet");
    assert_eq!(relay.tell().await.unwrap(), 1);
    assert_eq!(stage.scope(1).get(&BODY, 7).await.unwrap(), Found::Miss);
    assert_eq!(stage.scope(1).get(&COUNT, "all").await.unwrap(), Found::Miss);
    assert_eq!(stage.read(1, 7).await.unwrap(), "new");
    let kept = [
        stage.scope(1).get(&BODY, 8).await.unwrap(),
        stage.scope(2).get(&BODY, 8).await.unwrap(),
        stage.scope(1).get(&BODY, 9).await.unwrap(),
        stage.scope(2).get(&BODY, 7).await.unwrap(),
    ];
    let value = |text: &str| Found::Value(text.to_owned());
    assert_eq!(kept, [value("other"), value("other"), Found::Nothing, value("old")]);
    assert_eq!(stage.scope(2).get(&COUNT, "all").await.unwrap(), Found::Value(2));
    // What there was not, a change of the key, and a deletion.
    let db = stage.db.tenant(&tenant(1));
    stage.write(1, 9, "here now").await;
    db.execute("UPDATE notes SET id = 10 WHERE id = 8", &[]).await.unwrap();
    db.execute("DELETE FROM notes WHERE id = 7", &[]).await.unwrap();
    assert_eq!(relay.tell().await.unwrap(), 4);
    for id in [7, 8, 9, 10] {
        assert_eq!(stage.scope(1).get(&BODY, id).await.unwrap(), Found::Miss, "{id}");
    }
}

#[tokio::test]
async fn a_note_is_written_in_the_same_transaction_and_for_the_own_tenant_alone() {
    let stage = Stage::new().await;
    let db = stage.db.tenant(&tenant(1));
    let transaction = db.begin().await.unwrap();
    let sql = "INSERT INTO notes (tenant_id, id) SELECT $1, generate_series(1, 1000)";
    transaction.execute(sql, &[&tenant(1)]).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(stage.waiting().await, 0);
    db.execute(sql, &[&tenant(1)]).await.unwrap();
    assert_eq!(stage.waiting().await, 1_000);

    let forged = "INSERT INTO freehold_outbox (tenant_id, entity, row_key) VALUES ($1, 'note', '7')";
    let refused = db.execute(forged, &[&tenant(2)]).await.unwrap_err();
    assert_eq!(refused.sqlstate().unwrap().to_string(), "42501", "row level security");
    assert_eq!(db.execute(forged, &[&tenant(1)]).await.unwrap(), 1);
    for sql in [
        "SELECT id FROM freehold_outbox",
        "DELETE FROM freehold_outbox",
        "UPDATE freehold_outbox SET told_at = now()",
    ] {
        let refused = db.execute(sql, &[]).await.unwrap_err();
        assert_eq!(refused.sqlstate().unwrap().to_string(), "42501", "{sql}");
    }
    let mut relay = stage.relay();
    let told = [relay.tell().await.unwrap(), relay.tell().await.unwrap(), relay.tell().await.unwrap()];
    assert_eq!(told, [500, 500, 1]);
}

/// Notes are numbered when they are written and seen when they are committed.
#[tokio::test]
async fn what_commits_late_is_told_too() {
    let stage = Stage::new().await;
    let mut relay = stage.relay();
    let db = stage.db.tenant(&tenant(1));
    stage.write(1, 1, "old").await;
    stage.read(1, 1).await;
    relay.tell().await.unwrap();
    stage.read(1, 1).await;
    let late = db.begin().await.unwrap();
    late.execute("UPDATE notes SET body = 'new' WHERE id = 1", &[]).await.unwrap();
    stage.write(1, 2, "later number, earlier commit").await;
    assert_eq!(relay.tell().await.unwrap(), 1);
    assert_eq!(stage.read(1, 1).await.unwrap(), "old");
    late.commit().await.unwrap();
    assert_eq!(relay.tell().await.unwrap(), 1);
    assert_eq!(stage.read(1, 1).await.unwrap(), "new");
}

/// The relay passes between the load's snapshot and its end.
#[tokio::test]
async fn an_old_value_loaded_while_the_relay_passes_is_not_stored() {
    let stage = Stage::new().await;
    let mut relay = stage.relay();
    stage.write(1, 7, "old").await;
    relay.tell().await.unwrap();
    let (loaded, go_on) = (tokio::sync::Notify::new(), tokio::sync::Notify::new());
    let scope = stage.scope(1);
    let load = scope.get_or_load(&BODY, 7, || async {
        let sql = "SELECT body FROM notes WHERE id = 7";
        let body: String = stage.db.tenant(&tenant(1)).query_value(sql, &[]).await?;
        loaded.notify_one();
        go_on.notified().await;
        Ok::<_, freehold_tenancy::Error>(Some(body))
    });
    let change = async {
        loaded.notified().await;
        stage.write(1, 7, "new").await;
        relay.tell().await.unwrap();
        go_on.notify_one();
    };
    let (read, ()) = tokio::join!(load, change);
    assert_eq!(read.unwrap().unwrap(), "old");
    assert_eq!(stage.read(1, 7).await.unwrap(), "new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_redis_is_down() {
    let stage = Stage::new().await;
    let (stop, task) = stage.spawn(stage.relay());
    for id in 0..20 {
        stage.write(1, id, "old").await;
    }
    stage.until_told().await;
    for id in 0..20 {
        stage.read(1, id).await;
    }
    stage.redis.kill().await.unwrap();
    for id in 0..20 {
        stage.write(1, id, "new").await;
        assert_eq!(stage.read(1, id).await.unwrap(), "new", "without Redis it comes from PostgreSQL");
    }
    assert_eq!(stage.waiting().await, 20);
    // It comes back with all that it held.
    stage.redis.restart().await.unwrap();
    stage.until_told().await;
    for id in 0..20 {
        assert_eq!(stage.read(1, id).await.unwrap(), "new");
    }
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_redis_and_the_listener_are_away_for_a_minute() {
    let stage = Stage::new().await;
    let listener = Listener::connect(&stage.ground.url("app_system")).await.unwrap();
    // Only a notification wakes it: one that was missed has to be made good when it is back.
    let relay = stage.relay().every(Duration::from_secs(3_600)).listen(&listener).await.unwrap();
    let (stop, task) = stage.spawn(relay);
    for id in 0..20 {
        stage.write(1, id, "old").await;
    }
    stage.until_told().await;
    for id in 0..20 {
        stage.read(1, id).await;
    }
    let allow = |who: &str| {
        format!(
            "DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database());
             EXECUTE format('GRANT CONNECT ON DATABASE %I TO {who}', current_database()); END $$"
        )
    };
    stage.redis.kill().await.unwrap();
    stage.ground.admin(&allow("app_writer")).await;
    let gone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE usename = 'app_system' AND datname = current_database()";
    let until = tokio::time::Instant::now() + Duration::from_secs(61);
    let mut round = 0;
    while tokio::time::Instant::now() < until {
        stage.ground.admin(gone).await;
        for id in 0..20 {
            let body = format!("new {round}");
            stage.write(1, id, &body).await;
            assert_eq!(stage.read(1, id).await.unwrap(), body, "without Redis it comes from PostgreSQL");
        }
        round += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // Redis comes back with all that it held, which is old.
    stage.redis.restart().await.unwrap();
    stage.ground.admin(&allow("app_system")).await;
    stage.until_told_through_failures().await;
    for id in 0..20 {
        assert_eq!(stage.read(1, id).await.unwrap(), format!("new {}", round - 1));
    }
    stop.send(()).unwrap();
    task.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_the_relay_is_down_or_its_connections_break() {
    let stage = Stage::new().await;
    for id in 0..20 {
        stage.write(1, id, "old").await;
        stage.read(1, id).await;
    }
    // No relay runs; then two do, one of which listens.
    let listener = Listener::connect(&stage.ground.url("app_system")).await.unwrap();
    let listening = stage.relay().every(Duration::from_secs(3_600)).listen(&listener).await.unwrap();
    let relays = [stage.spawn(listening), stage.spawn(stage.relay())];
    stage.until_told().await;
    for id in 0..20 {
        assert_eq!(stage.scope(1).get(&BODY, id).await.unwrap(), Found::Miss);
        stage.read(1, id).await;
    }
    for round in 0..3 {
        let body = format!("new {round}");
        for id in 0..20 {
            stage.write(1, id, &body).await;
            if id == 10 {
                let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE usename = 'app_system' AND datname = current_database()";
                stage.ground.admin(kill).await;
            }
        }
        stage.until_told_through_failures().await;
        for id in 0..20 {
            assert_eq!(stage.read(1, id).await.unwrap(), body);
        }
    }
    for (stop, task) in relays {
        stop.send(()).unwrap();
        task.await.unwrap();
    }
}

impl Stage {
    /// The pool may hand out a connection that was just killed.
    async fn until_told_through_failures(&self) {
        for _ in 0..2_000 {
            let system = self.db.system("counting what waits").unwrap();
            let count = system.query_value("SELECT count(*) FROM freehold_outbox WHERE told_at IS NULL", &[]);
            if matches!(count.await, Ok(0_i64)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not told after twenty seconds");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notification_wakes_the_relay_at_once() {
    let stage = Stage::new().await;
    let listener = Listener::connect(&stage.ground.url("app_system")).await.unwrap();
    let relay = stage.relay().every(Duration::from_secs(3_600)).listen(&listener).await.unwrap();
    let (stop, task) = stage.spawn(relay);
    for n in 0..5 {
        stage.write(1, n, "x").await;
        stage.until_told().await;
    }
    stop.send(()).unwrap();
    task.await.unwrap();
}

/// A replica that was behind, or a file that was written late, brings back what was forgotten.
#[tokio::test]
async fn a_redis_that_comes_back_with_older_data_is_told_again() {
    let stage = Stage::new().await;
    let mut relay = stage.relay();
    stage.write(1, 7, "old").await;
    relay.tell().await.unwrap();
    stage.read(1, 7).await;
    let client = redis::Client::open(stage.redis.url()).unwrap();
    let mut shell = client.get_multiplexed_async_connection().await.unwrap();
    let key = stage.scope(1).key(&BODY, 7);
    let old: Vec<u8> = shell.get(key.as_str()).await.unwrap();
    stage.write(1, 7, "new").await;
    relay.tell().await.unwrap();
    let _: () = shell.set_ex(key.as_str(), &old, 600).await.unwrap();
    assert_eq!(relay.tell().await.unwrap(), 0, "the same Redis is not told twice");
    assert_eq!(stage.read(1, 7).await.unwrap(), "old");
    stage.redis.kill().await.unwrap();
    stage.redis.restart().await.unwrap();
    while relay.tell().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stage.read(1, 7).await.unwrap(), "new");
}

#[tokio::test]
async fn names_in_the_outbox_are_quoted() {
    let ground = Ground::new().await;
    let tenancy = Ground::tenancy();
    ground
        .admin(
            "CREATE SCHEMA \"a\"\"b; c\"; CREATE TABLE \"Odd\"\"Table\" (tenant_id uuid, \"The Key\" text)",
        )
        .await;
    let outbox = Outbox::new(["app_writer"], "app_system").in_schema("a\"b; c").without_notify();
    ground.admin(&outbox.create(&tenancy)).await;
    ground.admin(&outbox.watch(&tenancy, "Odd\"Table", "it's", "The Key")).await;
    ground.admin(&format!("INSERT INTO \"Odd\"\"Table\" VALUES ('{}', 'x:y')", tenant(1))).await;
    let notes = "DO $$ BEGIN ASSERT (SELECT (entity, row_key) = ('it''s', 'x:y') FROM \"a\"\"b; c\".freehold_outbox); END $$";
    ground.admin(notes).await;
}
