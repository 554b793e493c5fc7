//! How many different ones there were, in twelve kilobytes at most.

use std::{fmt, time::Duration};

use super::{Scope, error::CacheError, key::Key};

/// Counts of different members (HyperLogLog): right within about one percent, whatever their number.
///
/// ```
/// use std::time::Duration;
///
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let visitors = cache.tenant(&tenant).unique("visitors");
/// visitors.add("2026-11-20", &["ada", "ben"], Duration::from_secs(7 * 86_400)).await?;
/// visitors.add("2026-11-21", &["ada"], Duration::from_secs(7 * 86_400)).await?;
/// assert_eq!(visitors.count(&["2026-11-20", "2026-11-21"]).await?, 2, "in either of them");
/// # Ok(())
/// # });
/// ```
#[derive(Debug)]
pub struct Unique<'n, S> {
    scope: Scope<S>,
    name: &'n str,
}

impl<S> Scope<S> {
    /// Different members of one kind, such as visitors, in parts that can be counted together.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// // Nothing is asked before a part is.
    /// assert_eq!(acme.unique("visitors").count(&["2026-11-21"]).await?, 0);
    /// # Ok(())
    /// # });
    /// ```
    pub fn unique<'n>(&self, name: &'n str) -> Unique<'n, S> {
        Unique { scope: self.clone(), name }
    }
}

impl<S> Unique<'_, S> {
    /// Adds members to a part, which is kept for this long from now on. True: the count has changed.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let (day, week) = ("2026-11-21", Duration::from_secs(7 * 86_400));
    /// let visitors = cache.tenant(&tenant).unique("visitors");
    /// assert!(visitors.add(day, &["ada"], week).await?);
    /// assert!(!visitors.add(day, &["ada"], week).await?, "it had her already");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer.
    pub async fn add(
        &self,
        part: impl fmt::Display,
        members: &[&str],
        keep: Duration,
    ) -> Result<bool, CacheError> {
        let key = self.key(part);
        let millis = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 48);
        let mut both = redis::pipe();
        both.cmd("PFADD").arg(&key).arg(members).cmd("PEXPIRE").arg(&key).arg(millis).ignore();
        let (changed,): (i64,) = self.scope.cache.0.link.pipeline("unique", &both).await?;
        Ok(changed == 1)
    }

    /// About how many different members these parts have together.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let visitors = cache.tenant(&tenant).unique("visitors");
    /// visitors.add(21, &["ada", "ben", "ada"], Duration::from_secs(86_400)).await?;
    /// assert_eq!(visitors.count(&[21]).await?, 2);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Unique::add`].
    pub async fn count(&self, parts: &[impl fmt::Display]) -> Result<u64, CacheError> {
        if parts.is_empty() {
            return Ok(0);
        }
        let keys: Vec<Key> = parts.iter().map(|part| self.key(part)).collect();
        let mut command = redis::cmd("PFCOUNT");
        for key in &keys {
            command.arg(key);
        }
        self.scope.cache.0.link.command("unique", &command).await
    }

    fn key(&self, part: impl fmt::Display) -> Key {
        self.scope.named(self.name, part, "unique").beside("unique")
    }
}
