//! Examples that need a database and a Redis.

use std::{future::Future, sync::Arc, time::Duration};

use freehold_sandbox::testing;
use freehold_tenancy::cache::{Cache, CacheOptions};

use crate::{Ground, Outcome, with_ground};

/// Runs an example with a database and a Redis.
///
/// # Panics
/// When the example fails.
pub fn with_both<F: Future<Output = Outcome>>(example: impl FnOnce(Arc<Ground>, Cache) -> F) {
    with_ground(|ground| async move {
        let redis = testing::redis().await;
        let options = CacheOptions::new("example", redis.url()).timeout(Duration::from_secs(10));
        example(ground, Cache::open(options).await?).await
    });
}
