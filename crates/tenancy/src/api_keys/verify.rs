//! Whether a key is good, and what for.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use jiff::Timestamp;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{ApiKeys, error::ApiKeyError, text::Presented};
use crate::{Error, Execute, Row, TenantId};

/// A key that is good.
///
/// ```
/// # use freehold_tenancy::api_keys::NewKey;
/// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
/// # let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
/// let key = keys.verify(issued.key.expose()).await?;
/// // The key itself says whose it is: nothing else in the request has to.
/// assert_eq!(tenant.id(), Some(&key.tenant));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedKey {
    /// Whose key it is.
    pub tenant: TenantId,
    /// The key of its row.
    pub id: Uuid,
    /// What the tenant calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Requests a minute, where they differ from what is usual.
    pub rate_limit: Option<i32>,
    /// End of its validity.
    pub expires_at: Option<Timestamp>,
}

impl VerifiedKey {
    /// Whether it has a scope. No scope stands for others.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::NewKey;
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let issued = keys.issue(&tenant, NewKey::named("nightly job").scope("faces")).await?;
    /// let key = keys.verify(issued.key.expose()).await?;
    /// assert!(key.allows("faces") && !key.allows("faces:verify"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known == scope)
    }

    /// Insists on a scope.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::NewKey;
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// # let issued = keys.issue(&tenant, NewKey::named("nightly job").scope("faces:verify")).await?;
    /// let key = keys.verify(issued.key.expose()).await?;
    /// key.require("faces:verify")?;
    /// let refused = key.require("admin").unwrap_err();
    /// assert_eq!(refused.status(), 403);
    /// assert_eq!(refused.to_string(), r#"the API key lacks the scope "admin""#);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`ApiKeyError::Scope`] when the key lacks it.
    pub fn require(&self, scope: &str) -> Result<(), ApiKeyError> {
        if self.allows(scope) { Ok(()) } else { Err(ApiKeyError::Scope { needed: scope.to_owned() }) }
    }
}

/// A row of the table, and when it was read.
pub(super) struct Known {
    key: VerifiedKey,
    revoked: bool,
    /// The server's clock, when the row was read.
    asked_at: Timestamp,
    /// This process's, at the same time: it runs on evenly, whatever is done to the time of day.
    read_at: Instant,
}

impl Known {
    fn from_row(row: &Row, tenant: &TenantId) -> Result<(Self, String), Error> {
        let key = VerifiedKey {
            tenant: tenant.clone(),
            id: row.get("id")?,
            name: row.get("name")?,
            scopes: row.get("scopes")?,
            rate_limit: row.get("rate_limit")?,
            expires_at: row.get("expires_at")?,
        };
        let (revoked, asked_at) = (row.get("revoked")?, row.get("asked_at")?);
        Ok((Self { key, revoked, asked_at, read_at: Instant::now() }, row.get("hash")?))
    }

    fn judge(&self, tolerance: std::time::Duration) -> Result<(), ApiKeyError> {
        if self.revoked {
            return Err(ApiKeyError::Revoked);
        }
        let Some(expires_at) = self.key.expires_at else { return Ok(()) };
        // What can't be added lies beyond the end of the calendar, and so does the end of validity.
        let now = self.asked_at.checked_add(self.read_at.elapsed()).unwrap_or(Timestamp::MAX);
        let end = expires_at.checked_add(tolerance).unwrap_or(Timestamp::MAX);
        if now >= end && end != Timestamp::MAX { Err(ApiKeyError::Expired) } else { Ok(()) }
    }
}

impl ApiKeys {
    /// Whether a key is good. What is no key costs nothing; a key that was verified within
    /// [`ApiKeySettings::remembered`](super::ApiKeySettings::remembered) costs no look-up; of those who bring the same
    /// key at once, one asks the database. Its use is noted, to be written later.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::{ApiKeyError, NewKey};
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
    /// let text = issued.key.expose();
    /// assert_eq!(keys.verify(text).await?.id, issued.id);
    /// // One letter less, and it is told without asking the database.
    /// let refused = keys.verify(&text[..text.len() - 1]).await;
    /// assert!(matches!(refused, Err(ApiKeyError::Malformed(_))));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`ApiKeyError`], by why it is not taken. Give the caller no more than [`ApiKeyError::status`] and the error's
    /// text, which says nothing of other keys.
    pub async fn verify(&self, text: &str) -> Result<VerifiedKey, ApiKeyError> {
        let verified = self.verify_unmetered(text).await;
        let outcome = match &verified {
            Ok(_) => "good",
            Err(ApiKeyError::Revoked) => "revoked",
            Err(ApiKeyError::Expired) => "expired",
            Err(ApiKeyError::Unknown) => "unknown",
            Err(ApiKeyError::Store { .. }) => "failed",
            Err(_) => "malformed",
        };
        metrics::counter!("freehold_api_keys_verified_total", "outcome" => outcome).increment(1);
        verified
    }

    async fn verify_unmetered(&self, text: &str) -> Result<VerifiedKey, ApiKeyError> {
        let inner = &*self.0;
        let presented = Presented::read(&inner.settings.prefix, inner.db.tenancy().kind, text)?;
        let generation = inner.generation.load(Ordering::Acquire);
        let known = inner
            .cache
            .try_get_with((generation, presented.hash), self.look_up(&presented))
            .await
            .map_err(|error: Arc<ApiKeyError>| (*error).clone())?;
        known.judge(inner.settings.tolerance)?;
        inner.used.note(&known.key.tenant, known.key.id);
        Ok(known.key.clone())
    }

    async fn look_up(&self, presented: &Presented) -> Result<Arc<Known>, ApiKeyError> {
        let inner = &*self.0;
        let hash = hex::encode(presented.hash);
        let row: Option<Row> = inner
            .db
            .tenant(&presented.tenant)
            .query_opt(inner.statements.find.clone(), &[&presented.tenant, &hash])
            .await
            .map_err(ApiKeyError::store("looking for an API key"))?;
        let row = row.ok_or(ApiKeyError::Unknown)?;
        let (known, stored) = Known::from_row(&row, &presented.tenant)
            .map_err(ApiKeyError::store("reading the row of an API key"))?;
        if !bool::from(stored.as_bytes().ct_eq(hash.as_bytes())) {
            return Err(ApiKeyError::Unknown);
        }
        Ok(Arc::new(known))
    }

    /// Forgets all verified keys, so that each is looked for again. After a revocation in a transaction of the caller's,
    /// once it was committed; when another process tells of one.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::{ApiKeyError, NewKey};
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// # let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
    /// # keys.verify(issued.key.expose()).await?;
    /// let transaction = tenant.begin().await?;
    /// keys.revoke(&transaction, issued.id).await?;
    /// keys.verify(issued.key.expose()).await?; // still good, and remembered as such
    /// transaction.commit().await?;
    /// keys.forget();
    /// assert!(matches!(keys.verify(issued.key.expose()).await, Err(ApiKeyError::Revoked)));
    /// # Ok(())
    /// # });
    /// ```
    pub fn forget(&self) {
        // What is being looked up at this moment is remembered under the old number, and never found again.
        self.0.generation.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A key whose row was read some seconds ago, and whose validity ended at that time or so many seconds later.
    fn known(read: u64, ends_after: Option<i64>) -> Known {
        let asked_at = Timestamp::from_second(1_000_000).unwrap();
        let expires_at = ends_after.map(|seconds| Timestamp::from_second(1_000_000 + seconds).unwrap());
        let key = VerifiedKey {
            tenant: TenantId::bigint(1).unwrap(),
            id: Uuid::from_u128(1),
            name: String::new(),
            scopes: Vec::new(),
            rate_limit: None,
            expires_at,
        };
        let read_at = Instant::now().checked_sub(Duration::from_secs(read)).unwrap();
        Known { key, revoked: false, asked_at, read_at }
    }

    #[test]
    fn a_key_that_is_remembered_expires_all_the_same() {
        let none = Duration::ZERO;
        assert!(known(10, Some(9)).judge(none).is_err());
        assert!(known(10, Some(60)).judge(none).is_ok());
        assert!(known(10, Some(9)).judge(Duration::from_secs(60)).is_ok());
        assert!(known(100, Some(9)).judge(Duration::from_secs(60)).is_err());
        assert!(known(10, None).judge(none).is_ok());
        let revoked = Known { revoked: true, ..known(0, None) };
        assert!(matches!(revoked.judge(Duration::MAX), Err(ApiKeyError::Revoked)));
    }
}
