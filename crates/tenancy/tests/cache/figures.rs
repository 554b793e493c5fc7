//! What the cache counts.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use freehold_sandbox::{RedisOptions, RedisServer, testing};
use freehold_tenancy::cache::{Cache, Entity};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

use crate::stage::{Failed, Loader, NAME, options, redis, service, tenant, until};

/// Names with labels, and sums.
type Sums = Arc<Mutex<BTreeMap<String, f64>>>;

static SUMS: OnceLock<Sums> = OnceLock::new();

struct Sum(String);

impl Sum {
    fn change(&self, how: impl FnOnce(&mut f64)) {
        how(SUMS.get().unwrap().lock().unwrap().entry(self.0.clone()).or_default());
    }
}

impl CounterFn for Sum {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn increment(&self, value: u64) {
        self.change(|sum| *sum += value as f64);
    }

    fn absolute(&self, _: u64) {}
}

impl GaugeFn for Sum {
    fn increment(&self, _: f64) {}

    fn decrement(&self, _: f64) {}

    fn set(&self, value: f64) {
        self.change(|sum| *sum = value);
    }
}

impl HistogramFn for Sum {
    fn record(&self, _: f64) {
        self.change(|count| *count += 1.0);
    }
}

struct Collector;

fn sum(key: &Key) -> Arc<Sum> {
    let labels: Vec<String> =
        key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
    Arc::new(Sum(format!("{} {}", key.name(), labels.join(","))))
}

impl Recorder for Collector {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(sum(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(sum(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(sum(key))
    }
}

fn figure(name: &str) -> f64 {
    SUMS.get().unwrap().lock().unwrap().get(name).copied().unwrap_or_default()
}

/// An entity of this test's own: other tests of the process count, too, when they run in one.
#[tokio::test]
async fn hits_misses_times_and_the_breaker_are_counted() {
    const COUNTED: Entity<String> = Entity::new("counted", "name");
    SUMS.set(Sums::default()).unwrap();
    metrics::set_global_recorder(Collector).unwrap();
    let server = RedisServer::start(&RedisOptions { search: testing::beside(), ..RedisOptions::default() })
        .await
        .unwrap();
    let whole = Cache::open(options(&server)).await.unwrap();
    let cache = whole.tenant(&tenant(1));
    let loader = Loader::default();
    for _ in 0..5 {
        cache.get_or_load(&COUNTED, 7, || loader.load()).await.unwrap();
    }
    cache.get_or_load(&COUNTED, 8, || async { Ok::<_, Failed>(None) }).await.unwrap();
    cache.get(&COUNTED, 8).await.unwrap();
    assert!(cache.get_or_load(&COUNTED, 9, || async { Err::<Option<String>, _>(Failed(1)) }).await.is_err());
    let reads =
        |outcome: &str| figure(&format!("freehold_cache_reads_total entity=counted,outcome={outcome}"));
    let loads =
        |outcome: &str| figure(&format!("freehold_cache_loads_total entity=counted,outcome={outcome}"));
    assert_eq!([reads("hit"), reads("miss"), reads("nothing"), reads("garbage")], [4.0, 3.0, 1.0, 0.0]);
    assert_eq!([loads("stored"), loads("failed"), loads("outdated")], [2.0, 1.0, 0.0]);
    assert!(figure("freehold_cache_load_seconds entity=counted") >= 2.0);
    assert!(figure("freehold_cache_redis_seconds operation=get") >= 8.0);
    let key = cache.key(&COUNTED, 7);
    let set = redis::cmd("SET").arg(key.as_str()).arg("what").to_owned();
    set.query_async::<()>(&mut redis(&server).await).await.unwrap();
    cache.get(&COUNTED, 7).await.unwrap();
    assert!((reads("garbage") - 1.0).abs() < 0.1);
    server.kill().await.unwrap();
    let open = || figure(&format!("freehold_cache_breaker_open service={}", service())) > 0.5;
    until("the breaker opens", async || {
        let _ = cache.get(&NAME, 7).await;
        open()
    })
    .await;
    assert!(figure("freehold_cache_redis_failures_total operation=get,why=connection") >= 1.0);
    server.restart().await.unwrap();
    until("the breaker closes", async || {
        let _ = cache.get(&NAME, 7).await;
        !open()
    })
    .await;
}
