//! Leave to load a value and to store it: whoever forgets the value takes the leave back, so that nothing old is stored.

use std::{sync::LazyLock, time::Duration};

use bytes::Bytes;
use redis::{Script, Value};

use super::{Cache, error::CacheError, key::Key};

/// Scripts by what they do.
pub(crate) struct Scripts {
    pub(crate) lease: Script,
    pub(crate) fill: Script,
    pub(crate) hand_back: Script,
    pub(crate) begin_write: Script,
    pub(crate) forget_tag: Script,
}

pub(crate) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    lease: Script::new(include_str!("scripts/lease.lua")),
    fill: Script::new(include_str!("scripts/fill.lua")),
    hand_back: Script::new(include_str!("scripts/hand_back.lua")),
    begin_write: Script::new(include_str!("scripts/begin_write.lua")),
    forget_tag: Script::new(include_str!("scripts/forget_tag.lua")),
});

/// The suffix of a lease's key; `forget_tag.lua` knows it too.
const LEASE: &str = "lease";

/// What asking for leave came to.
pub(crate) enum Leave {
    /// There is a value.
    Stored(Bytes),
    /// Load it.
    Mine(Lease),
    /// Somebody else loads it.
    Theirs,
}

/// When leave is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Only when nothing is stored.
    Missing,
    /// Also while an older value is stored.
    Anyway,
}

/// Leave to store one value. Dropped without having been used, it is handed back in the background.
pub(crate) struct Lease {
    cache: Cache,
    key: Key,
    token: String,
    /// A write's: when it ends without a word, nobody knows what was written, and the value is forgotten.
    of_write: bool,
    used: bool,
}

/// Nobody else has this token: 128 random bits.
pub(crate) fn token() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

impl Cache {
    /// Asks for leave to load a value that will be kept for `keep` and has these tags.
    pub(crate) async fn lease(
        &self,
        key: &Key,
        tags: &[Key],
        keep: Duration,
        when: When,
    ) -> Result<Leave, CacheError> {
        let token = token();
        let mut call = SCRIPTS.lease.prepare_invoke();
        call.key(key).key(key.beside(LEASE));
        for tag in tags {
            call.key(tag);
        }
        let lease = self.0.lease;
        // Longer than any jitter makes it.
        let horizon = lease.saturating_add(keep.mul_f64(1.2));
        call.arg(&token).arg(millis(lease)).arg(millis(horizon)).arg(u8::from(when == When::Missing));
        let answer: Vec<Value> = self.0.link.script("lease", &call).await?;
        match answer.as_slice() {
            [Value::Int(1), Value::BulkString(bytes)] => Ok(Leave::Stored(bytes.clone().into())),
            [Value::Int(2)] => Ok(Leave::Mine(Lease {
                cache: self.clone(),
                key: key.clone(),
                token,
                of_write: false,
                used: false,
            })),
            [Value::Int(3)] => Ok(Leave::Theirs),
            _ => Err(CacheError::Garbage { doing: "lease" }),
        }
    }

    /// Forgets a value before it is written, and lets nobody but the writer store it.
    pub(crate) async fn begin_write(&self, key: &Key) -> Result<Lease, CacheError> {
        self.outdate(key);
        let token = token();
        let mut call = SCRIPTS.begin_write.prepare_invoke();
        call.key(key).key(key.beside(LEASE)).arg(&token).arg(millis(self.0.lease));
        // The lease comes first: should the answer be lost, what was written is forgotten all the same.
        let lease = Lease { cache: self.clone(), key: key.clone(), token, of_write: true, used: false };
        match self.0.link.script::<i64>("begin_write", &call).await {
            Ok(_) => Ok(lease),
            Err(error) => {
                lease.forgo();
                Err(error)
            }
        }
    }

    /// Forgets values and takes back the leave of whoever loads them.
    pub(crate) async fn forget_keys(&self, keys: &[Key]) -> Result<(), CacheError> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut command = redis::cmd("UNLINK");
        for key in keys {
            self.outdate(key);
            command.arg(key).arg(key.beside(LEASE));
        }
        self.0.link.command::<i64>("forget", &command).await?;
        // What was read between the first time and the command.
        for key in keys {
            self.outdate(key);
        }
        Ok(())
    }

    /// Lets nobody in this process take a value that is about to be, or was, forgotten.
    pub(crate) fn outdate(&self, key: &Key) {
        self.0.flights.outdate(key.as_str());
        if let Some(local) = &self.0.local {
            local.forget(key.as_str());
        }
    }
}

/// A TTL as Redis gives it; a key without one (not made by us) counts as about to expire.
pub(crate) fn left_of(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

impl Lease {
    /// Stores the value. False: it was forgotten meanwhile, or the lease ended, so that nothing was stored.
    pub(crate) async fn fill(mut self, bytes: &Bytes, keep: Duration) -> Result<bool, CacheError> {
        let mut call = SCRIPTS.fill.prepare_invoke();
        call.key(&self.key)
            .key(self.key.beside(LEASE))
            .arg(&self.token)
            .arg(bytes.as_ref())
            .arg(millis(keep));
        let filled = self.cache.0.link.script::<i64>("fill", &call).await?;
        self.used = true;
        Ok(filled == 1)
    }

    /// Hands the lease back: nothing is stored.
    pub(crate) async fn hand_back(mut self) {
        self.used = true;
        self.end().await;
    }

    /// Drops it without telling Redis.
    fn forgo(mut self) {
        self.used = true;
    }

    async fn end(&self) {
        if self.of_write {
            if let Err(error) = self.cache.forget_keys(std::slice::from_ref(&self.key)).await {
                unsettled(&error);
            }
            return;
        }
        let mut call = SCRIPTS.hand_back.prepare_invoke();
        call.key(self.key.beside(LEASE)).arg(&self.token);
        // A lease that can't be handed back ends by itself.
        let _: Result<i64, CacheError> = self.cache.0.link.script("hand_back", &call).await;
    }
}

/// A write whose value may still stand in the cache as it was before.
pub(crate) fn unsettled(error: &CacheError) {
    metrics::counter!("freehold_cache_unsettled_total").increment(1);
    tracing::warn!(%error, "a value could not be forgotten; it stands until it expires or the outbox brings it");
}

/// The one who had it was cancelled.
impl Drop for Lease {
    fn drop(&mut self) {
        if self.used {
            return;
        }
        let lease = Self {
            cache: self.cache.clone(),
            key: self.key.clone(),
            token: std::mem::take(&mut self.token),
            of_write: self.of_write,
            used: true,
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { lease.end().await });
        }
    }
}
