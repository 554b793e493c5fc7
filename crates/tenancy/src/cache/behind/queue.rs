//! The queues in Redis: a stream for each tenant, and a list of the tenants who have one.

use std::{collections::HashMap, sync::LazyLock, time::Duration};

use redis::{Script, Value};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::Write;
use crate::{
    TenantId, TenantKind,
    cache::{
        Cache, Place,
        error::CacheError,
        key::{Key, Owner},
        stream::{Entry, entries},
    },
};

static PUSH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/behind_push.lua")));
static LIST: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/behind_list.lua")));
static DONE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/behind_done.lua")));
static ASIDE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("../scripts/behind_set_aside.lua")));
static IDLE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("../scripts/behind_idle.lua")));

/// The consumer group of all workers.
const GROUP: &str = "workers";

/// A tenant who added nothing for this long, and for whom nothing waits, is taken off the list. Much longer than the
/// time between its getting onto the list and its write getting into the queue.
const IDLE_MILLIS: u64 = 600_000;

/// Names and manners of an entity's queues.
pub(super) struct Queue {
    pub(super) entity: &'static str,
    pub(super) field: &'static str,
    pub(super) worker: String,
    pub(super) batch: u32,
    pub(super) patience: Duration,
    pub(super) attempts: u32,
}

/// What is pushed.
pub(super) struct NewWrite<'w> {
    pub(super) key: Uuid,
    pub(super) id: &'w str,
    pub(super) json: &'w [u8],
    pub(super) stored: &'w [u8],
    pub(super) keep: Duration,
}

/// What was taken off a queue.
pub(super) struct Taken {
    pub(super) place: Place,
    fields: HashMap<String, Vec<u8>>,
}

impl Taken {
    /// `None` when it is none of ours, or of another shape.
    pub(super) fn read<V: DeserializeOwned>(&self) -> Option<Write<V>> {
        let text = |name| std::str::from_utf8(self.fields.get(name)?).ok();
        Some(Write {
            key: text("key")?.parse().ok()?,
            place: self.place,
            id: text("id")?.to_owned(),
            value: serde_json::from_slice(self.fields.get("value")?).ok()?,
        })
    }
}

impl Queue {
    /// False: the queue is full.
    pub(super) async fn push(
        &self,
        cache: &Cache,
        tenant: &TenantId,
        kept: &Key,
        write: &NewWrite<'_>,
        limit: usize,
    ) -> Result<bool, CacheError> {
        // In another slot than the tenant's: onto the list first, so that no queue is overlooked.
        let mut listed = LIST.prepare_invoke();
        listed.key(self.list(cache)).arg(named(tenant));
        cache.0.link.script::<i64>("behind_list", &listed).await?;
        let millis = u64::try_from(write.keep.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut call = PUSH.prepare_invoke();
        call.key(self.stream(cache, tenant)).key(kept).key(kept.beside("lease"));
        call.arg(limit).arg(GROUP).arg(write.key.to_string()).arg(write.id);
        call.arg(write.json).arg(write.stored).arg(millis);
        let place: Option<String> = cache.0.link.script("behind_push", &call).await?;
        Ok(place.is_some())
    }

    pub(super) async fn waiting(&self, cache: &Cache, tenant: &TenantId) -> Result<u64, CacheError> {
        cache.0.link.command("behind_count", redis::cmd("XLEN").arg(self.stream(cache, tenant))).await
    }

    pub(super) async fn count_set_aside(&self, cache: &Cache, tenant: &TenantId) -> Result<u64, CacheError> {
        cache.0.link.command("behind_count", redis::cmd("XLEN").arg(self.aside(cache, tenant))).await
    }

    /// All tenants on the list, in another order each time: none is always the last.
    pub(super) async fn tenants(&self, cache: &Cache) -> Result<Vec<TenantId>, CacheError> {
        let list = redis::cmd("ZRANGE").arg(self.list(cache)).arg(0).arg(-1).to_owned();
        let names: Vec<Vec<u8>> = cache.0.link.command("behind_list", &list).await?;
        let texts = names.iter().filter_map(|name| std::str::from_utf8(name).ok());
        let mut tenants: Vec<TenantId> = texts.filter_map(tenant_of).collect();
        fastrand::shuffle(&mut tenants);
        Ok(tenants)
    }

    /// The next writes: first what somebody began and did not end, then new ones.
    pub(super) async fn take(&self, cache: &Cache, tenant: &TenantId) -> Result<Vec<Taken>, CacheError> {
        let stream = self.stream(cache, tenant);
        let patience = u64::try_from(self.patience.as_millis()).unwrap_or(u64::MAX);
        let mut claim = redis::cmd("XAUTOCLAIM");
        claim.arg(&stream).arg(GROUP).arg(&self.worker).arg(patience).arg("0-0").arg("COUNT").arg(self.batch);
        let answer: Value = match cache.0.link.command("behind_take", &claim).await {
            // No queue, or one whose group was lost with an older copy of the data.
            Err(CacheError::Refused { code, .. }) if code == "NOGROUP" => {
                self.make_group(cache, &stream).await?;
                return Ok(Vec::new());
            }
            answer => answer?,
        };
        let Value::Array(parts) = &answer else { return Err(CacheError::Garbage { doing: "behind_take" }) };
        let again = parts.get(1).map_or_else(|| Ok(Vec::new()), entries)?;
        let mut taken = self.without_hopeless(cache, tenant, again).await?;
        let room = self.batch.saturating_sub(u32::try_from(taken.len()).unwrap_or(u32::MAX));
        if room > 0 {
            let mut read = redis::cmd("XREADGROUP");
            read.arg("GROUP")
                .arg(GROUP)
                .arg(&self.worker)
                .arg("COUNT")
                .arg(room)
                .arg("STREAMS")
                .arg(&stream)
                .arg(">");
            let answer: Value = cache.0.link.command("behind_take", &read).await?;
            if let Value::Array(streams) = answer
                && let [Value::Array(named)] = streams.as_slice()
                && let [_, list] = named.as_slice()
            {
                taken.extend(entries(list)?.into_iter().map(|(place, fields)| Taken { place, fields }));
            }
        }
        Ok(taken)
    }

    /// Sets aside what was handed out too often.
    async fn without_hopeless(
        &self,
        cache: &Cache,
        tenant: &TenantId,
        again: Vec<Entry>,
    ) -> Result<Vec<Taken>, CacheError> {
        let (Some((first, _)), Some((last, _))) = (again.first(), again.last()) else {
            return Ok(Vec::new());
        };
        let mut pending = redis::cmd("XPENDING");
        pending.arg(self.stream(cache, tenant)).arg(GROUP).arg(first.to_string()).arg(last.to_string());
        pending.arg(self.batch).arg(&self.worker);
        let rows: Vec<(String, String, i64, u32)> = cache.0.link.command("behind_take", &pending).await?;
        let attempts: HashMap<String, u32> =
            rows.into_iter().map(|(place, _, _, count)| (place, count)).collect();
        let mut taken = Vec::with_capacity(again.len());
        for (place, fields) in again {
            // This handing out is counted already.
            if attempts.get(&place.to_string()).is_some_and(|count| *count > self.attempts) {
                tracing::error!(entity = self.entity, %place, "a write behind was set aside: it failed too often");
                self.put_aside(cache, tenant, place).await?;
            } else {
                taken.push(Taken { place, fields });
            }
        }
        Ok(taken)
    }

    async fn make_group(&self, cache: &Cache, stream: &Key) -> Result<(), CacheError> {
        let exists: bool = cache.0.link.command("behind_take", redis::cmd("EXISTS").arg(stream)).await?;
        if exists {
            let make = redis::cmd("XGROUP").arg("CREATE").arg(stream).arg(GROUP).arg("0").to_owned();
            // Another worker may have been quicker.
            let _: Result<String, CacheError> = cache.0.link.command("behind_take", &make).await;
        }
        Ok(())
    }

    pub(super) async fn done(
        &self,
        cache: &Cache,
        tenant: &TenantId,
        places: &[Place],
    ) -> Result<(), CacheError> {
        let mut call = DONE.prepare_invoke();
        call.key(self.stream(cache, tenant)).arg(GROUP);
        for place in places {
            call.arg(place.to_string());
        }
        cache.0.link.script::<i64>("behind_done", &call).await.map(drop)
    }

    pub(super) async fn put_aside(
        &self,
        cache: &Cache,
        tenant: &TenantId,
        place: Place,
    ) -> Result<(), CacheError> {
        metrics::counter!("freehold_cache_behind_set_aside_total", "entity" => self.entity).increment(1);
        let mut call = ASIDE.prepare_invoke();
        call.key(self.stream(cache, tenant)).key(self.aside(cache, tenant)).arg(GROUP).arg(place.to_string());
        cache.0.link.script::<i64>("behind_set_aside", &call).await.map(drop)
    }

    /// Takes a tenant off the list for whom nothing waits and who added nothing for a while.
    pub(super) async fn leave_idle(&self, cache: &Cache, tenant: &TenantId) -> Result<(), CacheError> {
        if self.waiting(cache, tenant).await? > 0 {
            return Ok(());
        }
        let mut call = IDLE.prepare_invoke();
        call.key(self.list(cache)).arg(IDLE_MILLIS).arg(named(tenant));
        cache.0.link.script::<i64>("behind_list", &call).await.map(drop)
    }

    fn stream(&self, cache: &Cache, tenant: &TenantId) -> Key {
        self.key(cache, &Owner::Tenant(tenant.clone())).beside("behind")
    }

    fn aside(&self, cache: &Cache, tenant: &TenantId) -> Key {
        self.key(cache, &Owner::Tenant(tenant.clone())).beside("aside")
    }

    /// Names of tenants alone; nothing of theirs.
    fn list(&self, cache: &Cache) -> Key {
        self.key(cache, &Owner::Nobody).beside("behind")
    }

    fn key(&self, cache: &Cache, owner: &Owner) -> Key {
        Key::of(&cache.0.service, self.entity, owner, "", self.field)
    }
}

/// A tenant with the kind of its key, to be read again.
fn named(tenant: &TenantId) -> String {
    format!("{}:{tenant}", tenant.kind().sql_type())
}

fn tenant_of(name: &str) -> Option<TenantId> {
    let (kind, text) = name.split_once(':')?;
    let kinds = [TenantKind::Uuid, TenantKind::BigInt, TenantKind::Text];
    let kind = kinds.into_iter().find(|known| known.sql_type() == kind)?;
    TenantId::parse(kind, text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_name_is_read_again() {
        for tenant in [
            TenantId::bigint(7).unwrap(),
            TenantId::text("7:x").unwrap(),
            TenantId::uuid(Uuid::from_u128(7)).unwrap(),
        ] {
            assert_eq!(tenant_of(&named(&tenant)), Some(tenant));
        }
        for garbage in ["", "7", "bigint:x", "bigint:0", "int:7", "text:"] {
            assert_eq!(tenant_of(garbage), None, "{garbage}");
        }
    }
}
