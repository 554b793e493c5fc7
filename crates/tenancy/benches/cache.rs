//! What the cache costs and what it saves.
//!
//! `cargo bench -p freehold-tenancy --features cache --bench cache`, on a Redis and a PostgreSQL of its own:
//! - *stampede*: loads for each expiry under 1,000 concurrent readers in 8 caches that share nothing but Redis, beside
//!   the usual way (GET, else load and SET) in the same run;
//! - *reads*: a hit in the process, a hit in Redis, and the driver's bare GET;
//! - *limit*: decisions of the rate limiter;
//! - *outbox*: what the triggers cost a writer, with NOTIFY and without.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use freehold_db::Session;
use freehold_sandbox::{RedisOptions, RedisServer, testing};
use freehold_tenancy::{
    Tenancy, TenantId,
    cache::{Cache, CacheOptions, Entity, Outbox, Rate},
};
use futures_util::future::join_all;
use hdrhistogram::Histogram;
use tokio::sync::Barrier;

const READERS: usize = 1_000;
const EXPIRIES: u64 = 50;
const LOAD: Duration = Duration::from_millis(20);

const NAME: Entity<String> = Entity::new("person", "name").keep(Duration::from_secs(600));
const LOCAL: Entity<String> =
    Entity::new("person", "local").keep(Duration::from_secs(600)).keep_local(Duration::from_secs(600));

#[derive(Debug, thiserror::Error)]
#[error("no load fails here")]
struct Never;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let options = RedisOptions { search: testing::beside(), ..RedisOptions::default() };
        let redis = RedisServer::start(&options).await.unwrap();
        let (major, minor, patch) = redis.version();
        println!("Redis {major}.{minor}.{patch} on a Unix socket\n");
        stampede(&redis).await;
        reads(&redis).await;
        limit(&redis).await;
        outbox().await;
    });
}

fn options(redis: &RedisServer) -> CacheOptions {
    CacheOptions::new("bench", redis.url()).timeout(Duration::from_secs(10)).wait(Duration::from_secs(10))
}

fn tenant() -> TenantId {
    TenantId::bigint(1).unwrap()
}

async fn driver(redis: &RedisServer) -> redis::aio::MultiplexedConnection {
    redis::Client::open(redis.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

async fn stampede(redis: &RedisServer) {
    println!("stampede: {READERS} readers, {EXPIRIES} expiries, a load takes {LOAD:?}");
    let caches = join_all((0..8).map(|_| async { Cache::open(options(redis)).await.unwrap() })).await;
    let key = caches[0].tenant(&tenant()).key(&NAME, 7);
    let loads = Arc::new(AtomicU64::new(0));
    let mut shell = driver(redis).await;
    let started = Instant::now();
    for _ in 0..EXPIRIES {
        let start = Arc::new(Barrier::new(READERS));
        let tasks = (0..READERS).map(|n| {
            let (cache, loads, start) = (caches[n % 8].tenant(&tenant()), loads.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                let load = || async {
                    loads.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(LOAD).await;
                    Ok::<_, Never>(Some("value".to_owned()))
                };
                assert!(cache.get_or_load(&NAME, 7, load).await.unwrap().is_some());
            })
        });
        assert!(join_all(tasks.collect::<Vec<_>>()).await.iter().all(Result::is_ok));
        redis::cmd("DEL").arg(key.as_str()).query_async::<()>(&mut shell).await.unwrap();
    }
    told("Freehold", loads.load(Ordering::Relaxed), started);
    loads.store(0, Ordering::Relaxed);
    let connections = join_all((0..8).map(|_| driver(redis))).await;
    let started = Instant::now();
    for _ in 0..EXPIRIES {
        let start = Arc::new(Barrier::new(READERS));
        let tasks = (0..READERS).map(|n| {
            let (mut connection, loads, start) = (connections[n % 8].clone(), loads.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                let get = redis::cmd("GET").arg("usual").to_owned();
                if get.query_async::<Option<String>>(&mut connection).await.unwrap().is_none() {
                    loads.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(LOAD).await;
                    let set = redis::cmd("SET").arg("usual").arg("value").to_owned();
                    set.query_async::<()>(&mut connection).await.unwrap();
                }
            })
        });
        assert!(join_all(tasks.collect::<Vec<_>>()).await.iter().all(Result::is_ok));
        redis::cmd("DEL").arg("usual").query_async::<()>(&mut shell).await.unwrap();
    }
    told("the usual way", loads.load(Ordering::Relaxed), started);
    println!();
}

fn told(who: &str, loads: u64, started: Instant) {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let per_expiry = loads as f64 / EXPIRIES as f64;
    println!(
        "  {who:<16} {per_expiry:>8.2} loads for each expiry, {:>8.1?} for each round",
        started.elapsed() / 50
    );
}

async fn reads(redis: &RedisServer) {
    println!("reads: one value of 100 bytes");
    let cache = Cache::open(options(redis).local_bytes(1 << 20)).await.unwrap().tenant(&tenant());
    let text = "x".repeat(100);
    for entity in [&NAME, &LOCAL] {
        cache.write_through(entity, 7, || async { Ok::<_, Never>(text.clone()) }).await.unwrap();
    }
    let mut shell = driver(redis).await;
    redis::cmd("SET").arg("bare").arg(&text).query_async::<()>(&mut shell).await.unwrap();
    // Until the local layer hears news, and has the value.
    tokio::time::sleep(Duration::from_secs(2)).await;
    cache.get(&LOCAL, 7).await.unwrap();
    let in_process = |_| {
        let cache = cache.clone();
        async move { assert!(cache.get(&LOCAL, 7).await.unwrap().value().is_some()) }
    };
    let in_redis = |_| {
        let cache = cache.clone();
        async move { assert!(cache.get(&NAME, 7).await.unwrap().value().is_some()) }
    };
    let bare = |_| {
        let mut shell = shell.clone();
        async move {
            let got: String = redis::cmd("GET").arg("bare").query_async(&mut shell).await.unwrap();
            assert_eq!(got.len(), 100);
        }
    };
    measure("in the process", 200_000, in_process).await;
    measure("in Redis", 20_000, in_redis).await;
    measure("the driver's GET", 20_000, bare).await;
    // Every write to the service's keys is told to every process with a local layer.
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let mut writer = driver(redis).await;
    let writing = tokio::spawn(async move {
        let mut count = 0_u64;
        while stopped.try_recv().is_err() {
            let key = format!("bench:person:{{1}}:{count}:other");
            redis::cmd("SET")
                .arg(key)
                .arg("x")
                .arg("PX")
                .arg(1_000)
                .query_async::<()>(&mut writer)
                .await
                .unwrap();
            count += 1;
        }
        count
    });
    let started = Instant::now();
    measure("in the process, others write", 200_000, in_process).await;
    measure("in Redis, others write", 20_000, in_redis).await;
    stop.send(()).unwrap();
    let count = writing.await.unwrap();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let rate = count as f64 / started.elapsed().as_secs_f64();
    println!("  ({rate:.0} writes of others in a second)\n");
}

/// By one task for the times, by 32 for the rate.
async fn measure<F, W>(what: &str, count: u64, work: F)
where
    F: Fn(u64) -> W,
    W: Future<Output = ()> + Send + 'static,
{
    let mut times = Histogram::<u64>::new(3).unwrap();
    for n in 0..count {
        let started = Instant::now();
        work(n).await;
        times.record(u64::try_from(started.elapsed().as_nanos()).unwrap()).unwrap();
    }
    let started = Instant::now();
    for some in 0..count / 32 {
        join_all((0..32).map(|n| work(some * 32 + n))).await;
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let rate = (count / 32 * 32) as f64 / started.elapsed().as_secs_f64();
    let micros = |quantile: f64| Duration::from_nanos(times.value_at_quantile(quantile));
    println!("  {what:<30} p50 {:>9.1?}  p99 {:>9.1?}  {rate:>9.0}/s at 32", micros(0.5), micros(0.99));
}

async fn limit(redis: &RedisServer) {
    println!("limit: decisions for one subject");
    const RATE: Rate = Rate::new("bench", "free", 1_000_000, Duration::from_secs(1));
    let cache = Cache::open(options(redis)).await.unwrap().tenant(&tenant());
    let decide = |_| {
        let cache = cache.clone();
        async move {
            cache.limit(&RATE, "key", 1).await.unwrap();
        }
    };
    measure("Freehold", 20_000, decide).await;
    println!();
}

async fn outbox() {
    println!("outbox: statements of one row by 8 writers, 3 seconds each");
    let tenancy = Tenancy::default();
    let quiet = Outbox::new(["postgres"], "postgres").without_notify();
    for (what, outbox) in [
        ("no trigger", None),
        ("trigger, no NOTIFY", Some(quiet)),
        ("trigger and NOTIFY", Some(Outbox::new(["postgres"], "postgres"))),
    ] {
        let scratch = testing::scratch().await;
        let session = Session::open(&scratch.connect_to()).await.unwrap();
        session.run("CREATE TABLE people (tenant_id uuid, id bigint PRIMARY KEY, n bigint)").await.unwrap();
        session
            .run("INSERT INTO people SELECT gen_random_uuid(), n, 0 FROM generate_series(1, 8) AS n")
            .await
            .unwrap();
        if let Some(outbox) = outbox {
            session.run(&outbox.create(&tenancy)).await.unwrap();
            session.run(&outbox.watch(&tenancy, "people", "person", "id")).await.unwrap();
        }
        let started = Instant::now();
        let writers = (1..=8_i64).map(|n| {
            let to = scratch.connect_to();
            tokio::spawn(async move {
                let session = Session::open(&to).await.unwrap();
                let mut count = 0_u64;
                while started.elapsed() < Duration::from_secs(3) {
                    session.query("UPDATE people SET n = n + 1 WHERE id = $1", &[&n]).await.unwrap();
                    count += 1;
                }
                count
            })
        });
        let counts: u64 = join_all(writers.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).sum();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let rate = counts as f64 / started.elapsed().as_secs_f64();
        println!("  {what:<20} {rate:>8.0} statements in a second");
    }
}
