//! A pool of whole connections: for transactions, streams and COPY.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::{Duration, Instant},
};

use deadpool_postgres::{
    Client, ClientWrapper, Hook, HookError, Manager, ManagerConfig, Metrics, PoolError, QueueMode,
    RecyclingMethod, Runtime, TimeoutType, Timeouts,
};

use super::connect_options::ConnectOptions;
use crate::{
    Error,
    wire::{Wire, WireOptions},
};

/// How a pool is kept.
#[derive(Debug, Clone)]
pub(crate) struct PoolOptions {
    /// At most so many connections.
    pub(crate) max: usize,
    /// So many of them stay open although nobody uses them.
    pub(crate) idle: usize,
    /// The others are closed when nobody used them for so long.
    pub(crate) idle_timeout: Duration,
    /// A connection is closed at this age, give or take a tenth.
    pub(crate) lifetime: Duration,
    /// For so long one waits for a free connection.
    pub(crate) checkout_timeout: Duration,
    /// For so long one waits for a server to let one in.
    pub(crate) connect_timeout: Duration,
    /// How the connections are kept that single statements share.
    pub(crate) shared: WireOptions,
}

/// Connections of one role to one server.
#[derive(Clone)]
pub(crate) struct Pool {
    pool: deadpool_postgres::Pool,
    pub(crate) connect: ConnectOptions,
    pub(crate) options: PoolOptions,
    /// The connections that single statements share.
    pub(crate) wire: Arc<Wire>,
    /// The label of its metrics.
    name: &'static str,
}

impl Pool {
    pub(crate) fn new(
        name: &'static str,
        connect: ConnectOptions,
        options: PoolOptions,
    ) -> Result<Self, Error> {
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(connect.config.clone(), connect.clone(), config);
        let lifetime = options.lifetime;
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(options.max)
            .runtime(Runtime::Tokio1)
            // The last one back is the next to go, so that the spare ones fall idle.
            .queue_mode(QueueMode::Lifo)
            .timeouts(Timeouts {
                wait: Some(options.checkout_timeout),
                create: Some(options.connect_timeout),
                recycle: Some(options.connect_timeout),
            })
            .pre_recycle(Hook::sync_fn(move |_: &mut ClientWrapper, metrics| {
                if metrics.age() > lived(lifetime, metrics.created) {
                    return Err(HookError::message("it is old enough"));
                }
                Ok(())
            }))
            .build()
            .map_err(|error| Error::Setup(error.to_string()))?;
        let wire = Arc::new(Wire::new(connect.clone(), options.shared.clone()));
        let pool = Self { pool, connect, options, wire, name };
        pool.keep();
        Ok(pool)
    }

    /// A connection that nobody else has.
    pub(crate) async fn get(&self) -> Result<Client, Error> {
        let begun = Instant::now();
        let got = self.pool.get().await;
        let waited = begun.elapsed();
        metrics::histogram!("freehold_pool_wait_seconds", "pool" => self.name).record(waited.as_secs_f64());
        got.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => {
                metrics::counter!("freehold_pool_busy_total", "pool" => self.name).increment(1);
                Error::Busy { waited }
            }
            PoolError::Timeout(_) => self.connect.slow(self.options.connect_timeout),
            PoolError::Backend(error) => self.connect.error(error),
            other => Error::Connect { to: self.connect.to(), source: Box::new(other) },
        })
    }

    /// Closes what is too old or too idle, and shows how things are, until the last handle of the pool is gone.
    fn keep(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (weak, options, name) = (self.pool.weak(), self.options.clone(), self.name);
        runtime.spawn(async move {
            let mut ticks = tokio::time::interval(
                (options.idle_timeout / 4).clamp(Duration::from_millis(20), Duration::from_secs(15)),
            );
            loop {
                ticks.tick().await;
                let Some(pool) = weak.upgrade() else { return };
                sweep(&pool, &options);
                show(&pool, name);
            }
        });
    }
}

/// At what age a connection made at this instant is closed: between 0.9 and 1.1 times the lifetime, so that those which
/// were opened together are not closed together.
fn lived(lifetime: Duration, created: Instant) -> Duration {
    let mut hasher = DefaultHasher::new();
    created.hash(&mut hasher);
    let thousandths = u32::try_from(hasher.finish() % 201).unwrap_or(100);
    lifetime.saturating_mul(900 + thousandths) / 1000
}

fn sweep(pool: &deadpool_postgres::Pool, options: &PoolOptions) {
    // `retain` sees the idle ones alone.
    let mut kept = 0;
    let closed = pool.retain(|_, metrics: Metrics| {
        let old = metrics.age() > lived(options.lifetime, metrics.created);
        let spare = kept >= options.idle && metrics.last_used() > options.idle_timeout;
        kept += usize::from(!old && !spare);
        !old && !spare
    });
    drop(closed.removed);
}

fn show(pool: &deadpool_postgres::Pool, name: &'static str) {
    #[expect(clippy::cast_precision_loss, reason = "counts of connections are small")]
    let set = |metric: &'static str, value: usize| metrics::gauge!(metric, "pool" => name).set(value as f64);
    let status = pool.status();
    set("freehold_pool_connections", status.size);
    set("freehold_pool_idle", status.available);
    set("freehold_pool_waiting", status.waiting);
}

/// Says what the metrics mean; the application's recorder must be in place before.
pub(crate) fn describe() {
    metrics::describe_gauge!("freehold_pool_connections", "connections that are open");
    metrics::describe_gauge!("freehold_pool_idle", "connections that are open and that nobody uses");
    metrics::describe_gauge!("freehold_pool_waiting", "tasks that wait for a connection");
    metrics::describe_histogram!(
        "freehold_pool_wait_seconds",
        metrics::Unit::Seconds,
        "time until a connection was had"
    );
    metrics::describe_gauge!(
        "freehold_replica_lag_seconds",
        metrics::Unit::Seconds,
        "how long ago was committed all that the replica is proven to have"
    );
    metrics::describe_counter!(
        "freehold_transaction_retries_total",
        "transactions that were begun again after a conflict"
    );
    metrics::describe_counter!("freehold_pool_busy_total", "times that no connection was free soon enough");
}
