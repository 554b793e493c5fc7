//! How much a subject may ask for in a time.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::Script;

use super::{Scope, error::CacheError, key::Key};

static LIMIT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/limit.lua")));

/// Subjects that are remembered in the process while Redis is away.
const SUBJECTS: usize = 100_000;

/// What holds while Redis is away.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::cache::{Cache, CacheOptions, Rate, WhenAway};
/// # use freehold_tenancy::TenantId;
///
/// const LOGINS: Rate = Rate::new("login", "any", 5, Duration::from_secs(60)).when_away(WhenAway::Refuse);
/// const READS: Rate = Rate::new("read", "any", 5, Duration::from_secs(60)).when_away(WhenAway::Allow);
/// # freehold_tenancy_ground::alone(async {
/// # let cache = Cache::open(CacheOptions::new("people", "redis://127.0.0.1:1/")).await?;
/// # let without_redis = cache.tenant(&TenantId::bigint(7)?);
/// assert!(!without_redis.limit(&LOGINS, "ada", 1).await?.allowed);
/// assert!(without_redis.limit(&READS, "ada", 1).await?.allowed);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenAway {
    /// Each process counts for itself: all of them together may allow as many times as much.
    #[default]
    InProcess,
    /// Everything is allowed.
    Allow,
    /// Nothing is allowed.
    Refuse,
}

/// So many in a time, of which some at once. Make one for each plan and thing that is limited.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::cache::Rate;
///
/// const FREE: Rate = Rate::new("search", "free", 60, Duration::from_secs(60)).burst(10);
/// const PAID: Rate = Rate::new("search", "paid", 6_000, Duration::from_secs(60));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    what: &'static str,
    plan: &'static str,
    count: u32,
    per: Duration,
    burst: u32,
    away: WhenAway,
}

impl Rate {
    /// For a thing and a plan: `count` in the time `per`, which may all come at once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::Rate;
    ///
    /// const SEARCHES: Rate = Rate::new("search", "free", 2, Duration::from_secs(3_600));
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// let mut allowed = 0;
    /// for _ in 0..3 {
    ///     allowed += u32::from(acme.limit(&SEARCHES, "ada", 1).await?.allowed);
    /// }
    /// assert_eq!(allowed, 2);
    /// # Ok(())
    /// # });
    /// ```
    pub const fn new(what: &'static str, plan: &'static str, count: u32, per: Duration) -> Self {
        Self { what, plan, count, per, burst: count, away: WhenAway::InProcess }
    }

    /// The same; only so many may come at once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::Rate;
    ///
    /// const SEARCHES: Rate = Rate::new("search", "free", 60, Duration::from_secs(3_600)).burst(1);
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// assert!(acme.limit(&SEARCHES, "ada", 1).await?.allowed);
    /// // The next one comes a minute later.
    /// let refused = acme.limit(&SEARCHES, "ada", 1).await?;
    /// assert!(refused.retry_after.is_some_and(|time| time <= Duration::from_secs(60)));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// The same; this holds while Redis is away.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::{Rate, WhenAway};
    ///
    /// const LOGINS: Rate = Rate::new("login", "any", 5, Duration::from_secs(60));
    /// assert_eq!(LOGINS.when_away(WhenAway::InProcess), LOGINS);
    /// assert_ne!(LOGINS.when_away(WhenAway::Refuse), LOGINS);
    /// ```
    #[must_use]
    pub const fn when_away(mut self, away: WhenAway) -> Self {
        self.away = away;
        self
    }

    /// Microseconds for each, if the rate makes sense.
    fn each(&self, cost: u32) -> Result<f64, CacheError> {
        let wrong = |why: &str| CacheError::Input { what: "limiting a rate", why: why.to_owned() };
        if self.count == 0 || self.burst == 0 || self.per.is_zero() {
            return Err(wrong("count, burst and time must be more than zero"));
        }
        if cost > self.burst {
            return Err(wrong("the cost is more than the burst: it would never be allowed"));
        }
        Ok(self.per.as_secs_f64() * 1e6 / f64::from(self.count))
    }
}

/// What the limit says, as `RateLimit` headers want it.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::cache::Rate;
///
/// const SEARCHES: Rate = Rate::new("search", "free", 10, Duration::from_secs(3_600));
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let allowance = cache.tenant(&tenant).limit(&SEARCHES, "ada", 3).await?;
/// assert!(allowance.allowed && allowance.retry_after.is_none());
/// assert_eq!((allowance.limit, allowance.remaining), (10, 7));
/// assert!(!allowance.in_process);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether it is allowed; then it was counted.
    pub allowed: bool,
    /// How many may come at once.
    pub limit: u32,
    /// How many may still come at once.
    pub remaining: u32,
    /// In how long this may be asked again; `None` when it is allowed.
    pub retry_after: Option<Duration>,
    /// In how long all may come at once again.
    pub reset_after: Duration,
    /// Redis was away; see [`WhenAway`].
    pub in_process: bool,
}

impl<S> Scope<S> {
    /// Counts `cost` against the rate of a subject (a user, an API key), if it is allowed. Redis keeps the time, so
    /// that clocks of processes do not matter; many processes that ask at once are never allowed more.
    ///
    /// # Errors
    /// [`CacheError::Input`] for a rate of zero, or a cost above the burst. Without Redis it answers by [`WhenAway`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::{CacheError, Rate};
    ///
    /// const SEARCHES: Rate = Rate::new("search", "free", 60, Duration::from_secs(60));
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// let allowance = acme.limit(&SEARCHES, "key 7", 1).await?;
    /// // Else the answer is 429, with `Retry-After` from `retry_after`.
    /// assert!(allowance.allowed);
    /// assert!(matches!(acme.limit(&SEARCHES, "key 7", 61).await, Err(CacheError::Input { .. })));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn limit(&self, rate: &Rate, subject: &str, cost: u32) -> Result<Allowance, CacheError> {
        let each = rate.each(cost)?;
        let burst = each * f64::from(rate.burst);
        // The length keeps two pairs of names from making one.
        let field = format!("{}.{}.{}", rate.what.len(), rate.what, rate.plan);
        let key = self.named("", subject, &field).beside("rate");
        let mut call = LIMIT.prepare_invoke();
        call.key(&key).arg(each).arg(burst).arg(cost);
        let answer: Result<(i64, i64, i64, i64), CacheError> = self.cache.0.link.script("limit", &call).await;
        let allowance = match answer {
            Ok((allowed, remaining, retry, reset)) => {
                Answer { allowed: allowed == 1, remaining, retry, reset }.allowance(rate, false)
            }
            Err(_) => self.without_redis(rate, key, each, cost),
        };
        let outcome = if allowance.allowed { "allowed" } else { "refused" };
        metrics::counter!("freehold_rate_limit_total", "what" => rate.what, "plan" => rate.plan, "outcome" => outcome)
            .increment(1);
        Ok(allowance)
    }

    fn without_redis(&self, rate: &Rate, key: Key, each: f64, cost: u32) -> Allowance {
        let second = 1_000_000;
        let answer = match rate.away {
            WhenAway::Allow => Answer { allowed: true, remaining: i64::from(rate.burst), retry: 0, reset: 0 },
            WhenAway::Refuse => Answer { allowed: false, remaining: 0, retry: second, reset: second },
            WhenAway::InProcess => self.cache.0.limits.count(key, each, rate.burst, cost),
        };
        answer.allowance(rate, true)
    }
}

/// Times in microseconds.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    allowed: bool,
    remaining: i64,
    retry: i64,
    reset: i64,
}

impl Answer {
    fn allowance(&self, rate: &Rate, in_process: bool) -> Allowance {
        let time = |micros: i64| Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        Allowance {
            allowed: self.allowed,
            limit: rate.burst,
            remaining: u32::try_from(self.remaining.clamp(0, rate.burst.into())).unwrap_or(0),
            retry_after: (!self.allowed).then(|| time(self.retry)),
            reset_after: time(self.reset),
            in_process,
        }
    }
}

/// What a process counts for itself: the same rule as in `limit.lua`.
#[derive(Debug, Default)]
pub(crate) struct InProcess(Mutex<HashMap<Key, Instant>>);

impl InProcess {
    fn count(&self, key: Key, each: f64, burst: u32, cost: u32) -> Answer {
        let now = Instant::now();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= SUBJECTS {
            known.retain(|_, due| *due > now);
        }
        let due = known.get(&key).copied().unwrap_or(now).max(now);
        let behind = due.duration_since(now).as_secs_f64() * 1e6;
        let burst = each * f64::from(burst);
        let ahead = behind + each * f64::from(cost);
        #[expect(clippy::cast_possible_truncation, reason = "microseconds of a rate are far below 2^63")]
        let whole = |micros: f64| micros.floor() as i64;
        if ahead > burst + 1.0 {
            let remaining = whole((burst - behind) / each);
            return Answer {
                allowed: false,
                remaining,
                retry: whole(ahead - burst) + 1,
                reset: whole(behind),
            };
        }
        // Full of subjects that are all busy: the newcomers are not remembered.
        if known.len() < SUBJECTS || known.contains_key(&key) {
            known.insert(key, now + Duration::from_secs_f64(ahead / 1e6));
        }
        Answer {
            allowed: true,
            remaining: whole((burst - ahead) / each + 1e-6),
            retry: 0,
            reset: whole(ahead),
        }
    }
}
