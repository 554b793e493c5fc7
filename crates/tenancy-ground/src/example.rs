//! Examples of the documentation, run for real.
#![expect(clippy::expect_used, clippy::panic, reason = "an example that fails has to fail its test")]

use std::{error::Error, future::Future, sync::Arc, time::Duration};

use freehold_sandbox::testing;
use freehold_tenancy::{
    Db, FromRow, TenantId,
    cache::{Cache, CacheOptions},
    query::Table,
};
use uuid::Uuid;

use crate::{Ground, tenant};

/// How an example ends.
pub type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// What the first two tenants have.
const ROWS: &str = "
INSERT INTO notes (tenant_id, id, body) VALUES
    ('00000000-0000-0000-0000-000000000001', 1, 'milk'),
    ('00000000-0000-0000-0000-000000000001', 2, 'bread'),
    ('00000000-0000-0000-0000-000000000001', 3, 'tea'),
    ('00000000-0000-0000-0000-000000000002', 1, 'a secret of tenant 2');
";

/// A note, as examples read it.
#[derive(Debug, Clone, PartialEq, FromRow, Table)]
#[table(name = "notes", key(id))]
pub struct Note {
    /// Whose it is.
    pub tenant_id: Uuid,
    /// Counts within a tenant.
    pub id: i64,
    /// What it says.
    pub body: String,
}

/// Runs an example as an application: a pool, and tenant 1.
///
/// # Panics
/// When the example fails.
pub fn with_db<F: Future<Output = Outcome>>(example: impl FnOnce(Db, TenantId) -> F) {
    with_ground(|ground| async move { example(ground.db().await, tenant(1)).await });
}

/// Runs an example that needs more of the database than an application has: its URLs, its owner.
///
/// # Panics
/// When the example fails.
pub fn with_ground<F: Future<Output = Outcome>>(example: impl FnOnce(Arc<Ground>) -> F) {
    run(async move {
        let ground = Arc::new(Ground::new().await);
        ground.admin(ROWS).await;
        // The example may be through with the ground before its last statement.
        let outcome = example(ground.clone()).await;
        drop(ground);
        outcome
    });
}

/// Runs an example with a Redis of its own.
///
/// # Panics
/// When the example fails.
pub fn with_cache<F: Future<Output = Outcome>>(example: impl FnOnce(Cache, TenantId) -> F) {
    run(async move {
        let redis = testing::redis().await;
        // Generous, since the machine may be busy.
        let options = CacheOptions::new("example", redis.url()).timeout(Duration::from_secs(10));
        let cache = Cache::open(options).await.expect("Redis is there");
        example(cache, tenant(1)).await
    });
}

/// Runs an example that waits for something and needs no server.
///
/// # Panics
/// When the example fails.
pub fn alone(example: impl Future<Output = Outcome>) {
    run(example);
}

pub(crate) fn run(example: impl Future<Output = Outcome>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    if let Err(error) = runtime.expect("a runtime can be made").block_on(example) {
        let mut told = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            told = format!("{told}: {inner}");
            cause = inner.source();
        }
        panic!("{told}");
    }
}
