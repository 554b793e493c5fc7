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
    pub const fn new(what: &'static str, plan: &'static str, count: u32, per: Duration) -> Self {
        Self { what, plan, count, per, burst: count, away: WhenAway::InProcess }
    }

    /// The same; only so many may come at once.
    #[must_use]
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// The same; this holds while Redis is away.
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
    /// ```no_run
    /// # use freehold_tenancy::cache::{Rate, Scope};
    /// # use std::time::Duration;
    /// const FREE: Rate = Rate::new("search", "free", 60, Duration::from_secs(60));
    ///
    /// async fn may_search(cache: &Scope, api_key: &str) -> Result<bool, freehold_tenancy::cache::CacheError> {
    ///     let allowance = cache.limit(&FREE, api_key, 1).await?;
    ///     Ok(allowance.allowed) // else answer 429 with Retry-After: allowance.retry_after
    /// }
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
