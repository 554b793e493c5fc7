//! Rate limits by plan, counted in Redis for all instances of the service; each instance counts for itself while Redis is
//! away.

use std::time::Duration;

use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{
    Error, Execute,
    api_keys::VerifiedKey,
    cache::{Cache, CacheError, CacheOptions, Entity, Rate},
};

use crate::App;

/// The plan of a tenant, asked of PostgreSQL once in a while.
const PLAN: Entity<String> = Entity::new("tenant", "plan").keep(Duration::from_secs(60));

const MINUTE: Duration = Duration::from_secs(60);
const STARTER: Rate = Rate::new("requests", "STARTER", 60, MINUTE);
const PRO: Rate = Rate::new("requests", "PRO", 1_200, MINUTE);
const ENTERPRISE: Rate = Rate::new("requests", "ENTERPRISE", 60_000, MINUTE);

/// Where requests are counted.
pub(crate) struct Limits {
    cache: Cache,
}

impl Limits {
    /// In a Redis; without one each instance counts for itself.
    pub(crate) async fn open(redis_url: Option<&str>) -> Result<Self, CacheError> {
        // Nobody listens on port 1: the same as a Redis that is away.
        let options = CacheOptions::new("face-recognition", redis_url.unwrap_or("redis://127.0.0.1:1/"));
        Ok(Self { cache: Cache::open(options).await? })
    }
}

/// Lets a request pass if the plan of its tenant, or its own key, allows one more.
pub(crate) async fn pass(app: &App, key: &VerifiedKey) -> Answer<()> {
    let scope = app.0.limits.cache.tenant(&key.tenant);
    let tenant = app.0.db.tenant(&key.tenant);
    let plan = scope.get_or_load(&PLAN, "plan", async || {
        let row: Option<(String,)> =
            tenant.query_opt("SELECT plan FROM tenants WHERE id = $1", &[&key.tenant]).await?;
        Ok::<_, Error>(row.map(|(plan,)| plan))
    });
    let plan = plan.await.map_err(|error| Refusal::from(error.loader()))?.unwrap_or_default();
    let plan = match plan.as_str() {
        "ENTERPRISE" => ENTERPRISE,
        "PRO" => PRO,
        _ => STARTER,
    };
    let (rate, subject) = match key.rate_limit.and_then(|limit| u32::try_from(limit).ok()) {
        Some(limit) => (Rate::new("key", "own", limit, MINUTE), key.id.to_string()),
        None => (plan, "all".to_owned()),
    };
    let allowance = scope.limit(&rate, &subject, 1).await.map_err(|error| {
        tracing::error!(%error, "counting a request");
        Refusal::unavailable()
    })?;
    if allowance.allowed {
        return Ok(());
    }
    Err(Refusal::too_many(allowance.retry_after.map_or(1, |after| after.as_secs() + 1)))
}
