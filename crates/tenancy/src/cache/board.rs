//! Members by their score.

use std::{fmt, time::Duration};

use redis::Cmd;

use super::{Scope, error::CacheError, key::Key};

/// A leader board: members by their score, the highest first; of equal scores the later name first.
///
/// ```
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let board = cache.tenant(&tenant).board("game", "2026-W47");
/// board.add("ada", 10.0).await?;
/// board.add("ben", 25.0).await?;
/// assert_eq!(board.top(10).await?, [("ben".to_owned(), 25.0), ("ada".to_owned(), 10.0)]);
/// # Ok(())
/// # });
/// ```
#[derive(Debug)]
pub struct Board<S> {
    scope: Scope<S>,
    key: Key,
}

/// Where a member stands.
///
/// ```
/// use freehold_tenancy::cache::Standing;
///
/// fn shown(standing: Option<Standing>) -> String {
///     standing.map_or("not on the board".to_owned(), |at| format!("{}. with {} points", at.rank, at.score))
/// }
/// assert_eq!(shown(Some(Standing { rank: 2, score: 10.0 })), "2. with 10 points");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Counted from 1.
    pub rank: u64,
    /// Its score.
    pub score: f64,
}

impl<S> Scope<S> {
    /// A board, such as of a game's week.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// acme.board("game", "2026-W46").add("ada", 10.0).await?;
    /// assert!(acme.board("game", "2026-W47").top(10).await?.is_empty(), "a new week");
    /// # Ok(())
    /// # });
    /// ```
    pub fn board(&self, name: &str, id: impl fmt::Display) -> Board<S> {
        Board { scope: self.clone(), key: self.named(name, id, "board").beside("board") }
    }
}

impl<S> Board<S> {
    /// Adds to a member's score, and gives the new one.
    ///
    /// ```
    /// use freehold_tenancy::cache::CacheError;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let board = cache.tenant(&tenant).board("game", "2026-W47");
    /// assert_eq!(board.add("ada", 10.0).await?, 10.0);
    /// assert_eq!(board.add("ada", -2.5).await?, 7.5);
    /// assert!(matches!(board.add("ada", f64::NAN).await, Err(CacheError::Input { .. })));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError::Input`] for NaN and infinity, [`CacheError`], when Redis gives no answer.
    pub async fn add(&self, member: &str, points: f64) -> Result<f64, CacheError> {
        let points = finite(points)?;
        self.ask(redis::cmd("ZINCRBY").arg(&self.key).arg(points).arg(member)).await
    }

    /// Sets a member's score, if it is higher than the one it has. True: it was.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let board = cache.tenant(&tenant).board("jump", "2026-W47");
    /// assert!(board.best("ada", 4.2).await?);
    /// assert!(!board.best("ada", 3.9).await?, "she has jumped farther");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Board::add`].
    pub async fn best(&self, member: &str, score: f64) -> Result<bool, CacheError> {
        let score = finite(score)?;
        self.ask::<i64>(redis::cmd("ZADD").arg(&self.key).arg("GT").arg("CH").arg(score).arg(member))
            .await
            .map(|changed| changed == 1)
    }

    /// The first so many.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let board = cache.tenant(&tenant).board("game", "2026-W47");
    /// board.add("ada", 10.0).await?;
    /// board.add("ben", 25.0).await?;
    /// assert_eq!(board.top(1).await?, [("ben".to_owned(), 25.0)]);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer.
    pub async fn top(&self, count: u32) -> Result<Vec<(String, f64)>, CacheError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let last = i64::from(count) - 1;
        self.ask(redis::cmd("ZREVRANGE").arg(&self.key).arg(0).arg(last).arg("WITHSCORES")).await
    }

    /// Where a member stands; `None` when it is not on the board.
    ///
    /// ```
    /// use freehold_tenancy::cache::Standing;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let board = cache.tenant(&tenant).board("game", "2026-W47");
    /// board.add("ada", 10.0).await?;
    /// board.add("ben", 25.0).await?;
    /// assert_eq!(board.standing("ada").await?, Some(Standing { rank: 2, score: 10.0 }));
    /// assert_eq!(board.standing("cleo").await?, None);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Board::top`].
    pub async fn standing(&self, member: &str) -> Result<Option<Standing>, CacheError> {
        let mut both = redis::pipe();
        both.cmd("ZREVRANK").arg(&self.key).arg(member).cmd("ZSCORE").arg(&self.key).arg(member);
        let (rank, score): (Option<u64>, Option<f64>) =
            self.scope.cache.0.link.pipeline("board", &both).await?;
        Ok(rank.zip(score).map(|(rank, score)| Standing { rank: rank + 1, score }))
    }

    /// Takes a member off. True: it was on the board.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let board = cache.tenant(&tenant).board("game", "2026-W47");
    /// board.add("ada", 10.0).await?;
    /// assert!(board.remove("ada").await?);
    /// assert!(!board.remove("ada").await?, "she is off already");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Board::top`].
    pub async fn remove(&self, member: &str) -> Result<bool, CacheError> {
        self.ask::<i64>(redis::cmd("ZREM").arg(&self.key).arg(member)).await.map(|gone| gone == 1)
    }

    /// Keeps the first so many, and the board for this long from now on.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let board = cache.tenant(&tenant).board("game", "2026-W47");
    /// for (player, points) in [("ada", 10.0), ("ben", 25.0), ("cleo", 5.0)] {
    ///     board.add(player, points).await?;
    /// }
    /// board.keep(2, Duration::from_secs(30 * 86_400)).await?;
    /// assert_eq!(board.standing("cleo").await?, None, "she was third");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Board::top`].
    pub async fn keep(&self, count: u32, time: Duration) -> Result<(), CacheError> {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 48);
        let mut both = redis::pipe();
        both.cmd("ZREMRANGEBYRANK").arg(&self.key).arg(0).arg(-i64::from(count) - 1).ignore();
        both.cmd("PEXPIRE").arg(&self.key).arg(millis).ignore();
        self.scope.cache.0.link.pipeline("board", &both).await
    }

    async fn ask<T: redis::FromRedisValue>(&self, command: &Cmd) -> Result<T, CacheError> {
        self.scope.cache.0.link.command("board", command).await
    }
}

fn finite(score: f64) -> Result<f64, CacheError> {
    let why = "the score is no finite number".to_owned();
    score.is_finite().then_some(score).ok_or(CacheError::Input { what: "scoring", why })
}
