//! Who is there just now.

use std::{fmt, sync::LazyLock, time::Duration};

use redis::Script;

use super::{Scope, error::CacheError, key::Key};

static PRESENCE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/presence.lua")));

/// Members that are there until their time is over, unless they say again that they are.
///
/// ```
/// use std::time::Duration;
///
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let room = cache.tenant(&tenant).presence("meeting", 7);
/// // Every ten seconds, while the page is open:
/// room.enter("ada", Duration::from_secs(30)).await?;
/// assert_eq!(room.who(100).await?, ["ada"]);
/// # Ok(())
/// # });
/// ```
#[derive(Debug)]
pub struct Presence<S> {
    scope: Scope<S>,
    key: Key,
}

impl<S> Scope<S> {
    /// Who is at a place, such as in a meeting.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let room = cache.tenant(&tenant).presence("meeting", 7);
    /// assert_eq!(room.count().await?, 0);
    /// # Ok(())
    /// # });
    /// ```
    pub fn presence(&self, place: &str, id: impl fmt::Display) -> Presence<S> {
        Presence { scope: self.clone(), key: self.named(place, id, "presence").beside("presence") }
    }
}

impl<S> Presence<S> {
    /// Says that a member is there for this long. True: it was not there before.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let room = cache.tenant(&tenant).presence("meeting", 7);
    /// assert!(room.enter("ada", Duration::from_secs(30)).await?, "she has come");
    /// assert!(!room.enter("ada", Duration::from_secs(30)).await?, "she is still there");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer.
    pub async fn enter(&self, member: &str, time: Duration) -> Result<bool, CacheError> {
        let mut call = PRESENCE.prepare_invoke();
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 48);
        call.key(&self.key).arg("enter").arg(member).arg(millis);
        self.scope.cache.0.link.script::<i64>("presence", &call).await.map(|new| new == 1)
    }

    /// Says that a member is gone. True: it was there.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let room = cache.tenant(&tenant).presence("meeting", 7);
    /// room.enter("ada", Duration::from_secs(30)).await?;
    /// assert!(room.leave("ada").await?);
    /// assert!(!room.leave("ada").await?, "she is gone already");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Presence::enter`].
    pub async fn leave(&self, member: &str) -> Result<bool, CacheError> {
        let command = redis::cmd("ZREM").arg(&self.key).arg(member).to_owned();
        self.scope.cache.0.link.command::<i64>("presence", &command).await.map(|gone| gone == 1)
    }

    /// Who is there, at most so many; who will be gone first comes first.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let room = cache.tenant(&tenant).presence("meeting", 7);
    /// room.enter("ada", Duration::from_secs(60)).await?;
    /// room.enter("ben", Duration::from_secs(30)).await?;
    /// assert_eq!(room.who(100).await?, ["ben", "ada"]);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Presence::enter`].
    pub async fn who(&self, limit: u32) -> Result<Vec<String>, CacheError> {
        let mut call = PRESENCE.prepare_invoke();
        call.key(&self.key).arg("who").arg(limit);
        self.scope.cache.0.link.script("presence", &call).await
    }

    /// How many are there.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let room = cache.tenant(&tenant).presence("meeting", 7);
    /// room.enter("ada", Duration::from_secs(30)).await?;
    /// room.enter("ben", Duration::from_millis(1)).await?;
    /// tokio::time::sleep(Duration::from_millis(20)).await;
    /// assert_eq!(room.count().await?, 1, "whose time is over is not counted");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Presence::enter`].
    pub async fn count(&self) -> Result<u64, CacheError> {
        let mut call = PRESENCE.prepare_invoke();
        call.key(&self.key).arg("count");
        self.scope.cache.0.link.script("presence", &call).await
    }
}
