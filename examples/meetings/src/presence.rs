//! Who is there at this moment: in Redis, with an end, for as long as nobody says otherwise.

use std::{collections::HashSet, time::Duration};

use freehold_tenancy::{
    TenantId,
    cache::{Cache, CacheError, CacheOptions},
};
use uuid::Uuid;

/// How long somebody is taken for present after he was heard of.
const HEARD_OF: Duration = Duration::from_secs(60);
/// As many are told at most, which is as many as a meeting may have.
const MOST: u32 = 10_000;

/// Where the presence is kept. What fails here is logged and told as not live: the database knows who joined.
pub(crate) struct Presence {
    cache: Cache,
}

impl Presence {
    /// In a Redis; without one nothing is live.
    pub(crate) async fn open(redis_url: Option<&str>) -> Result<Self, CacheError> {
        // Nobody listens on port 1: the same as a Redis that is away.
        let options = CacheOptions::new("meetings", redis_url.unwrap_or("redis://127.0.0.1:1/"));
        Ok(Self { cache: Cache::open(options).await? })
    }

    /// Somebody is there.
    pub(crate) async fn arrive(&self, org: &TenantId, meeting: Uuid, user: Uuid) {
        let room = self.cache.tenant(org).presence("meeting", meeting);
        if let Err(error) = room.enter(&user.to_string(), HEARD_OF).await {
            tracing::warn!(%error, "somebody's presence is not known to Redis");
        }
    }

    /// Somebody has left.
    pub(crate) async fn go(&self, org: &TenantId, meeting: Uuid, user: Uuid) {
        let room = self.cache.tenant(org).presence("meeting", meeting);
        if let Err(error) = room.leave(&user.to_string()).await {
            tracing::warn!(%error, "that somebody left is not known to Redis");
        }
    }

    /// Who is there; `None` while Redis is away.
    pub(crate) async fn who(&self, org: &TenantId, meeting: Uuid) -> Option<HashSet<Uuid>> {
        let there = self.cache.tenant(org).presence("meeting", meeting).who(MOST).await.ok()?;
        Some(there.iter().filter_map(|user| user.parse().ok()).collect())
    }

    /// Whether Redis answers.
    pub(crate) async fn is_live(&self) -> bool {
        self.cache.ping().await.is_ok()
    }
}
