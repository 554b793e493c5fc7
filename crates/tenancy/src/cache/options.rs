//! How a cache is set up.

use std::{fmt, time::Duration};

use super::error::CacheError;

/// What a cache is set up with.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::cache::CacheOptions;
///
/// let options = CacheOptions::new("faces", "redis://127.0.0.1/").timeout(Duration::from_millis(50));
/// assert!(!format!("{options:?}").contains("127.0.0.1"));
/// ```
#[derive(Clone)]
pub struct CacheOptions {
    pub(crate) service: String,
    pub(crate) urls: Vec<String>,
    pub(crate) cluster: bool,
    pub(crate) timeout: Duration,
    pub(crate) lease: Duration,
    pub(crate) wait: Duration,
    pub(crate) local_bytes: u64,
}

impl CacheOptions {
    /// For a service, whose name begins all its keys, and a Redis: `redis://[user:password@]host[:port]/[db]` or
    /// `redis+unix:///path`. Half a second for an answer, leases of five seconds, no local layer.
    ///
    /// ```
    /// use freehold_tenancy::cache::CacheOptions;
    ///
    /// let options = CacheOptions::new("faces", "redis://app:secret@redis.internal/0");
    /// let shown = format!("{options:?}");
    /// assert!(shown.contains("timeout: 500ms") && !shown.contains("secret"));
    /// ```
    pub fn new(service: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            urls: vec![url.into()],
            cluster: false,
            timeout: Duration::from_millis(500),
            lease: Duration::from_secs(5),
            wait: Duration::from_secs(2),
            local_bytes: 0,
        }
    }

    /// Through a cluster, by the URLs of some of its nodes.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Cache, CacheError, CacheOptions};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let nodes = ["redis://node-1.internal/", "redis://node-2.internal/"].map(str::to_owned);
    /// let options = CacheOptions::new("faces", "").cluster(nodes).local_bytes(64 << 20);
    /// // Nodes of a cluster don't tell a process what changed.
    /// assert!(matches!(Cache::open(options).await, Err(CacheError::Setup(_))));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn cluster(mut self, nodes: impl IntoIterator<Item = String>) -> Self {
        self.urls = nodes.into_iter().collect();
        self.cluster = true;
        self
    }

    /// How long Redis has for an answer, connecting included.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::{Cache, CacheOptions};
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let options = CacheOptions::new("faces", "redis://127.0.0.1/").timeout(Duration::from_millis(50));
    /// assert!(Cache::open(options.clone()).await.is_ok());
    /// assert!(Cache::open(options.timeout(Duration::ZERO)).await.is_err());
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// How long a load or a write may take. When one takes longer, its value is not stored and another caller may load
    /// too.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::CacheOptions;
    ///
    /// // Longer than the slowest load takes.
    /// let options = CacheOptions::new("faces", "redis://127.0.0.1/").lease(Duration::from_secs(20));
    /// assert!(format!("{options:?}").contains("lease: 20s"));
    /// ```
    #[must_use]
    pub fn lease(mut self, time: Duration) -> Self {
        self.lease = time;
        self
    }

    /// How long to wait for a load of another process before loading oneself.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::CacheOptions;
    ///
    /// // Whoever would wait for another process loads at once.
    /// let options = CacheOptions::new("faces", "redis://127.0.0.1/").wait(Duration::ZERO);
    /// assert!(format!("{options:?}").contains("wait: 0ns"));
    /// ```
    #[must_use]
    pub fn wait(mut self, time: Duration) -> Self {
        self.wait = time;
        self
    }

    /// Keeps values of entities with [`Entity::keep_local`](super::Entity::keep_local) in the process too, up to this
    /// many bytes. Redis tells the process what changed; while it can't, nothing is kept.
    ///
    /// ```
    /// use freehold_tenancy::cache::CacheOptions;
    ///
    /// let options = CacheOptions::new("faces", "redis://127.0.0.1/").local_bytes(64 << 20);
    /// assert!(format!("{options:?}").contains("local_bytes: 67108864"));
    /// ```
    #[must_use]
    pub fn local_bytes(mut self, bytes: u64) -> Self {
        self.local_bytes = bytes;
        self
    }

    pub(crate) fn checked(self) -> Result<Self, CacheError> {
        if self.service.trim().is_empty() {
            return Err(CacheError::Setup("the service's name is empty".to_owned()));
        }
        for (time, what) in [(self.timeout, "timeout"), (self.lease, "lease")] {
            if time < Duration::from_millis(1) {
                return Err(CacheError::Setup(format!("the {what} is shorter than a millisecond")));
            }
        }
        if self.cluster && self.local_bytes > 0 {
            return Err(CacheError::Setup(
                "a local layer needs one server: nodes of a cluster do not tell it what changed".to_owned(),
            ));
        }
        Ok(self)
    }
}

/// Without the URLs: they can hold a password.
impl fmt::Debug for CacheOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheOptions")
            .field("service", &self.service)
            .field("cluster", &self.cluster)
            .field("timeout", &self.timeout)
            .field("lease", &self.lease)
            .field("wait", &self.wait)
            .field("local_bytes", &self.local_bytes)
            .finish_non_exhaustive()
    }
}
