//! Values in the process itself. Redis tells it what changed (client tracking, RESP3); while it can't, nothing is kept.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use redis::{AsyncConnectionConfig, Client, ProtocolVersion, PushInfo, PushKind, Value};

use super::{error::CacheError, link::Target};

/// Counters of what was forgotten; several keys share one.
const MARKS: usize = 1_024;

/// How often the connection is tried that brings news.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// Values of this process.
pub(crate) struct Local {
    values: moka::sync::Cache<String, Kept>,
    hasher: RandomState,
    marks: Vec<AtomicU64>,
    /// Raised when everything is forgotten.
    epoch: AtomicU64,
    /// Whether news comes.
    hears: AtomicBool,
}

#[derive(Clone)]
struct Kept {
    bytes: Bytes,
    until: Instant,
    epoch: u64,
}

impl Local {
    /// An empty layer, and the task that listens for news as long as the layer lives.
    pub(crate) fn start(
        bytes: u64,
        target: &Target,
        service: &str,
        timeout: Duration,
    ) -> Result<Arc<Self>, CacheError> {
        let Target::Server(client) = target else {
            return Err(CacheError::Setup("a local layer needs one server".to_owned()));
        };
        let local = Arc::new(Self::new(bytes));
        // With RESP3 news comes on the connection itself.
        let about = client.get_connection_info();
        let redis = about.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(about.clone().set_redis_settings(redis))
            .map_err(|_| CacheError::Setup("the URL of Redis can't be used with RESP3".to_owned()))?;
        tokio::spawn(listen(Arc::downgrade(&local), client, format!("{service}:"), timeout));
        Ok(local)
    }

    fn new(bytes: u64) -> Self {
        let weigh =
            |key: &String, kept: &Kept| u32::try_from(key.len() + kept.bytes.len() + 128).unwrap_or(u32::MAX);
        Self {
            values: moka::sync::Cache::builder().max_capacity(bytes).weigher(weigh).build(),
            hasher: RandomState::new(),
            marks: (0..MARKS).map(|_| AtomicU64::new(0)).collect(),
            epoch: AtomicU64::new(0),
            hears: AtomicBool::new(false),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<Bytes> {
        if !self.hears.load(Ordering::Acquire) {
            return None;
        }
        let kept = self.values.get(key)?;
        let is_good = kept.until > Instant::now() && kept.epoch == self.epoch.load(Ordering::Acquire);
        is_good.then_some(kept.bytes)
    }

    /// Take this before Redis is asked: a value is kept only if nothing was forgotten since.
    pub(crate) fn mark(&self, key: &str) -> u64 {
        let own = self.counter(key).map_or(0, |counter| counter.load(Ordering::Acquire));
        // Both only grow, so that the sum changes with either.
        own.wrapping_add(self.epoch.load(Ordering::Acquire))
    }

    pub(crate) fn keep(&self, key: &str, bytes: &Bytes, time: Duration, mark: u64) {
        let epoch = self.epoch.load(Ordering::Acquire);
        if !self.hears.load(Ordering::Acquire) || self.mark(key) != mark {
            return;
        }
        let Some(until) = Instant::now().checked_add(time) else { return };
        self.values.insert(key.to_owned(), Kept { bytes: bytes.clone(), until, epoch });
        if self.mark(key) != mark {
            self.values.invalidate(key);
        }
    }

    pub(crate) fn forget(&self, key: &str) {
        if let Some(counter) = self.counter(key) {
            counter.fetch_add(1, Ordering::AcqRel);
        }
        self.values.invalidate(key);
    }

    fn forget_all(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.values.invalidate_all();
    }

    fn hears(&self, does: bool) {
        self.hears.store(does, Ordering::Release);
        // What changed meanwhile nobody told us; and what was asked before must not be kept after.
        self.forget_all();
    }

    fn counter(&self, key: &str) -> Option<&AtomicU64> {
        let at = usize::try_from(self.hasher.hash_one(key)).unwrap_or_default() % MARKS;
        self.marks.get(at)
    }

    fn told(&self, news: &PushInfo) {
        match (&news.kind, news.data.as_slice()) {
            (PushKind::Invalidate, [Value::Array(keys)]) => {
                for key in keys {
                    match key {
                        Value::BulkString(key) => {
                            if let Ok(key) = std::str::from_utf8(key) {
                                self.forget(key);
                            }
                        }
                        _ => self.forget_all(),
                    }
                }
            }
            // Everything was flushed, or something that is not understood.
            (PushKind::Invalidate, _) => self.forget_all(),
            (PushKind::Disconnection, _) => self.hears(false),
            _ => {}
        }
    }
}

async fn listen(local: Weak<Local>, client: Client, prefix: String, timeout: Duration) {
    while local.strong_count() > 0 {
        // Whatever ends it: begin anew after a pause.
        let _ = hear(&local, &client, &prefix, timeout).await;
        if let Some(local) = local.upgrade() {
            local.hears(false);
        }
        tokio::time::sleep(HEARTBEAT.mul_f64(0.5 + fastrand::f64())).await;
    }
}

/// Hears news until the connection fails or nobody needs it any more.
async fn hear(
    local: &Weak<Local>,
    client: &Client,
    prefix: &str,
    timeout: Duration,
) -> redis::RedisResult<()> {
    let to = local.clone();
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(timeout))
        .set_response_timeout(Some(timeout))
        .set_push_sender(move |news: PushInfo| {
            if let Some(local) = to.upgrade() {
                local.told(&news);
            }
            Ok::<(), redis::aio::SendError>(())
        });
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    redis::cmd("CLIENT")
        .arg(&["TRACKING", "ON", "BCAST", "PREFIX", prefix])
        .query_async::<()>(&mut connection)
        .await?;
    if let Some(local) = local.upgrade() {
        local.hears(true);
    }
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if local.strong_count() == 0 {
            return Ok(());
        }
        redis::cmd("PING").query_async::<()>(&mut connection).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer() -> Local {
        let local = Local::new(1 << 20);
        local.hears(true);
        local
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn what_was_forgotten_since_it_was_asked_for_is_not_kept() {
        let (local, bytes) = (layer(), Bytes::from_static(b"v"));
        let mark = local.mark("k");
        local.keep("k", &bytes, MINUTE, mark);
        assert_eq!(local.get("k"), Some(bytes.clone()));
        local.forget("k");
        assert_eq!(local.get("k"), None);
        local.keep("k", &bytes, MINUTE, mark);
        assert_eq!(local.get("k"), None, "asked for before it was forgotten");
        local.keep("k", &bytes, MINUTE, local.mark("k"));
        let before = local.mark("k");
        local.forget_all();
        assert_eq!(local.get("k"), None);
        local.keep("k", &bytes, MINUTE, before);
        assert_eq!(local.get("k"), None);
    }

    #[test]
    fn while_no_news_comes_nothing_is_given() {
        let (local, bytes) = (layer(), Bytes::from_static(b"v"));
        local.keep("k", &bytes, MINUTE, local.mark("k"));
        local.hears(false);
        local.keep("l", &bytes, MINUTE, local.mark("l"));
        assert_eq!((local.get("k"), local.get("l")), (None, None));
        local.hears(true);
        assert_eq!((local.get("k"), local.get("l")), (None, None));
    }

    #[test]
    fn news_that_is_not_understood_forgets_everything() {
        let bytes = Bytes::from_static(b"v");
        let strange = [
            vec![Value::Nil],
            vec![],
            vec![Value::Int(3), Value::Int(4)],
            vec![Value::Array(vec![Value::Int(1)])],
        ];
        for data in strange {
            let local = layer();
            local.keep("k", &bytes, MINUTE, local.mark("k"));
            local.told(&PushInfo { kind: PushKind::Invalidate, data });
            assert_eq!(local.get("k"), None);
        }
        let local = layer();
        local.keep("k", &bytes, MINUTE, local.mark("k"));
        let other = Value::Array(vec![Value::BulkString(b"other".to_vec())]);
        local.told(&PushInfo { kind: PushKind::Invalidate, data: vec![other] });
        assert_eq!(local.get("k"), Some(bytes), "another key's news is not its own");
    }
}
