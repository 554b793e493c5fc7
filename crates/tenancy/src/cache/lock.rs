//! A lock among processes, which ends by itself, with a token that tells the later holder from the earlier.

use std::{
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::Script;
use tokio::{sync::watch, task::AbortHandle};

use super::{
    Cache, Scope,
    error::CacheError,
    key::Key,
    lease::{SCRIPTS, token},
};

static LOCK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/lock.lua")));
static RENEW: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/renew.lua")));

/// The shortest time for which a lock can be taken.
const SHORTEST: Duration = Duration::from_millis(30);

impl<S> Scope<S> {
    /// Takes a lock, if nobody has it. It is kept as long as the value lives and Redis answers; when the process dies,
    /// it ends after `time`.
    ///
    /// No lock of this kind is a proof: a process may stand still for longer than its lock. Where that matters, write
    /// [`Lock::fence`] beside the row and refuse what comes with a smaller one.
    ///
    /// # Errors
    /// [`CacheError::Input`] for less than 30 ms, else when Redis gives no answer.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_both(|ground, cache| async move {
    /// # ground.admin("ALTER TABLE notes ADD fence bigint NOT NULL DEFAULT 0").await;
    /// # let (db, acme) = (ground.db().await, freehold_tenancy_ground::tenant(1));
    /// # let (cache, tenant) = (cache.tenant(&acme), db.tenant(&acme));
    /// let Some(lock) = cache.lock("nightly-report", Duration::from_secs(30)).await? else { return Ok(()) };
    /// let sql = "UPDATE notes SET body = 'new', fence = $1 WHERE id = 1 AND fence < $1";
    /// let fence = lock.fence();
    /// tokio::select! {
    ///     done = async { tenant.execute(sql, &[&fence]).await } => assert_eq!(done?, 1),
    ///     () = lock.lost() => return Err("the lock was lost".into()),
    /// }
    /// lock.release().await?;
    /// # Ok(())
    /// # });
    /// ```
    pub async fn lock(&self, name: &str, time: Duration) -> Result<Option<Lock>, CacheError> {
        if time < SHORTEST {
            return Err(CacheError::Input {
                what: "taking a lock",
                why: format!("{time:?} is shorter than {SHORTEST:?}"),
            });
        }
        let key = self.named("", name, "lock").beside("lock");
        let holder = token();
        let asked = Instant::now();
        let mut call = LOCK.prepare_invoke();
        call.key(&key).key(key.beside("fence")).arg(&holder).arg(millis(time));
        // Should the answer be lost, the lock ends by itself.
        let fence: i64 = self.cache.0.link.script("lock", &call).await?;
        if fence == 0 {
            return Ok(None);
        }
        let (lost, is_lost) = watch::channel(false);
        let held =
            Arc::new(Held { cache: self.cache.clone(), key, holder, time, until: Mutex::new(asked + time) });
        let renewal = tokio::spawn(renew(held.clone(), lost)).abort_handle();
        Ok(Some(Lock { held, fence, is_lost, renewal, released: false }))
    }

    /// Takes a lock, and waits for it up to `wait`.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let (acme, time) = (cache.tenant(&tenant), Duration::from_secs(30));
    /// let first = acme.lock("nightly-report", time).await?.expect("nobody has it");
    /// tokio::spawn(async move {
    ///     tokio::time::sleep(Duration::from_millis(50)).await;
    ///     first.release().await
    /// });
    /// assert!(acme.lock_within("nightly-report", time, Duration::from_secs(10)).await?.is_some());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Scope::lock`].
    pub async fn lock_within(
        &self,
        name: &str,
        time: Duration,
        wait: Duration,
    ) -> Result<Option<Lock>, CacheError> {
        let asked = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            if let Some(lock) = self.lock(name, time).await? {
                return Ok(Some(lock));
            }
            if asked.elapsed() >= wait {
                return Ok(None);
            }
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64()).min(wait)).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }
}

struct Held {
    cache: Cache,
    key: Key,
    holder: String,
    time: Duration,
    /// When it ends if it is not renewed, counted from before Redis was asked.
    until: Mutex<Instant>,
}

impl Held {
    fn until(&self) -> Instant {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn release(&self) -> Result<bool, CacheError> {
        let mut call = SCRIPTS.hand_back.prepare_invoke();
        call.key(&self.key).arg(&self.holder);
        self.cache.0.link.script::<i64>("unlock", &call).await.map(|was_ours| was_ours == 1)
    }
}

/// A lock that is held. Dropped, it is released in the background.
///
/// ```
/// use std::time::Duration;
///
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let (acme, time) = (cache.tenant(&tenant), Duration::from_secs(30));
/// let lock = acme.lock("nightly-report", time).await?;
/// assert!(lock.is_some());
/// assert!(acme.lock("nightly-report", time).await?.is_none(), "somebody has it");
/// assert!(acme.lock("weekly-report", time).await?.is_some(), "another one");
/// # Ok(())
/// # });
/// ```
pub struct Lock {
    held: Arc<Held>,
    fence: i64,
    is_lost: watch::Receiver<bool>,
    renewal: AbortHandle,
    released: bool,
}

impl Lock {
    /// A number that is greater than that of every earlier holder of this lock.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let (acme, time) = (cache.tenant(&tenant), Duration::from_secs(30));
    /// let first = acme.lock("nightly-report", time).await?.expect("nobody has it");
    /// let before = first.fence();
    /// first.release().await?;
    /// let second = acme.lock("nightly-report", time).await?.expect("it was released");
    /// assert!(second.fence() > before);
    /// # Ok(())
    /// # });
    /// ```
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Whether it is held for sure: not lost, and renewed in time.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let lock = cache.tenant(&tenant).lock("nightly-report", Duration::from_secs(30)).await?;
    /// assert!(lock.is_some_and(|lock| lock.is_held()));
    /// # Ok(())
    /// # });
    /// ```
    pub fn is_held(&self) -> bool {
        !*self.is_lost.borrow() && Instant::now() < self.held.until()
    }

    /// Ready when it is lost: Redis forgot it, or could not be asked in time.
    ///
    /// ```
    /// use freehold_tenancy::cache::Lock;
    ///
    /// /// Does the work, unless somebody else may be doing it by now.
    /// async fn under<T>(lock: &Lock, work: impl Future<Output = T>) -> Option<T> {
    ///     tokio::select! {
    ///         done = work => Some(done),
    ///         () = lock.lost() => None,
    ///     }
    /// }
    /// # use std::time::Duration;
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// # let lock = cache.tenant(&tenant).lock("nightly-report", Duration::from_secs(30)).await?;
    /// # let lock = lock.expect("nobody has it");
    /// assert_eq!(under(&lock, async { 7 }).await, Some(7));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn lost(&self) {
        let mut is_lost = self.is_lost.clone();
        // The renewal ends with the lock alone.
        let _ = is_lost.wait_for(|lost| *lost).await;
    }

    /// Releases it. False: it had been lost before.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let (acme, time) = (cache.tenant(&tenant), Duration::from_secs(30));
    /// let lock = acme.lock("nightly-report", time).await?.expect("nobody has it");
    /// assert!(lock.release().await?);
    /// assert!(acme.lock("nightly-report", time).await?.is_some());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer: it ends by itself.
    pub async fn release(mut self) -> Result<bool, CacheError> {
        self.released = true;
        self.renewal.abort();
        self.held.release().await
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.renewal.abort();
        if self.released {
            return;
        }
        let held = self.held.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { held.release().await });
        }
    }
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lock")
            .field("fence", &self.fence)
            .field("is_held", &self.is_held())
            .finish_non_exhaustive()
    }
}

/// Renews three times in the time that it has, until it is lost.
async fn renew(held: Arc<Held>, lost: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(held.time / 3).await;
        let asked = Instant::now();
        let mut call = RENEW.prepare_invoke();
        call.key(&held.key).arg(&held.holder).arg(millis(held.time));
        let ends = tokio::time::Instant::from_std(held.until());
        match tokio::time::timeout_at(ends, held.cache.0.link.script::<i64>("renew", &call)).await {
            Ok(Ok(1)) => *held.until.lock().unwrap_or_else(PoisonError::into_inner) = asked + held.time,
            // Asked again until its time is over.
            Ok(Err(_)) if Instant::now() < held.until() => {}
            _ => break,
        }
    }
    tracing::warn!(lock = held.key.as_str(), "a lock was lost");
    metrics::counter!("freehold_cache_locks_lost_total").increment(1);
    lost.send_replace(true);
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
