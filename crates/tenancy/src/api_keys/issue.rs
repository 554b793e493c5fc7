//! Making keys, listing them, and taking them back.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    ApiKeys,
    error::ApiKeyError,
    text::{ApiKey, hash},
};
use crate::{Error, Execute, FromRow, Row, TenantIdError};

/// What a new key is to be.
///
/// ```
/// use std::time::Duration;
/// use freehold_tenancy::api_keys::NewKey;
///
/// let new = NewKey::named("nightly job").scope("faces:verify").expires_in(Duration::from_secs(90 * 86_400));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NewKey {
    name: String,
    scopes: Vec<String>,
    rate_limit: Option<i32>,
    expires_at: Option<Timestamp>,
    /// What the clock said by which `expires_at` was reckoned.
    clock: Option<Timestamp>,
    expires_in: Option<Duration>,
}

impl NewKey {
    /// A key without scopes that never expires.
    ///
    /// ```
    /// use freehold_tenancy::api_keys::NewKey;
    ///
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// keys.issue(&tenant, NewKey::named("nightly job")).await?;
    /// let listed = keys.list(&tenant).await?;
    /// assert_eq!((listed[0].name.as_str(), listed[0].scopes.len(), listed[0].expires_at), ("nightly job", 0, None));
    /// # Ok(())
    /// # });
    /// ```
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            scopes: Vec::new(),
            rate_limit: None,
            expires_at: None,
            clock: None,
            expires_in: None,
        }
    }

    /// What it may do, besides what was said before.
    ///
    /// ```
    /// use freehold_tenancy::api_keys::{ApiKeyError, ApiKeySettings, ApiKeys, NewKey};
    ///
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let settings = ApiKeySettings { scopes: vec!["read".into(), "write".into()], ..ApiKeySettings::prefixed("fr") };
    /// let keys = ApiKeys::new(tenant.db(), settings)?;
    /// assert!(keys.issue(&tenant, NewKey::named("both").scope("read").scope("write")).await.is_ok());
    /// let refused = keys.issue(&tenant, NewKey::named("mistyped").scope("raed")).await;
    /// assert!(matches!(refused, Err(ApiKeyError::UnknownScope { scope }) if scope == "raed"));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        self.scopes.push(scope.to_owned());
        self
    }

    /// Requests a minute, where they differ from what is usual.
    ///
    /// ```
    /// use freehold_tenancy::api_keys::NewKey;
    ///
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let issued = keys.issue(&tenant, NewKey::named("importer").rate_limit(600)).await?;
    /// // The library counts no requests; it hands the number to whoever does.
    /// assert_eq!(keys.verify(issued.key.expose()).await?.rate_limit, Some(600));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn rate_limit(mut self, requests: i32) -> Self {
        self.rate_limit = Some(requests);
        self
    }

    /// How long it is good, by the server's clock.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::api_keys::NewKey;
    /// use jiff::Timestamp;
    ///
    /// let hour = Duration::from_secs(3_600);
    /// let (now, end) = (Timestamp::now(), Timestamp::now() + hour);
    /// // It takes the place of what was said before.
    /// let new = NewKey::named("visitor").expires_at(end, now).expires_in(hour);
    /// assert_eq!(new, NewKey::named("visitor").expires_in(hour));
    /// ```
    #[must_use]
    pub fn expires_in(mut self, time: Duration) -> Self {
        (self.expires_at, self.clock, self.expires_in) = (None, None, Some(time));
        self
    }

    /// Until when it is good, reckoned by a clock that reads `now`: where that is further off the server's than
    /// [`ApiKeySettings::tolerance`](super::ApiKeySettings::tolerance), no key is issued.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::api_keys::{ApiKeyError, NewKey};
    /// use jiff::Timestamp;
    ///
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let (now, hour) = (Timestamp::now(), Duration::from_secs(3_600));
    /// assert!(keys.issue(&tenant, NewKey::named("visitor").expires_at(now + hour, now)).await.is_ok());
    /// // By a clock that is an hour slow the key would end an hour earlier than was meant.
    /// let refused = keys.issue(&tenant, NewKey::named("visitor").expires_at(now + hour, now - hour)).await;
    /// assert!(matches!(refused, Err(ApiKeyError::ClockSkew { .. })));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn expires_at(mut self, time: Timestamp, now: Timestamp) -> Self {
        (self.expires_at, self.clock, self.expires_in) = (Some(time), Some(now), None);
        self
    }
}

/// A key that was just made.
///
/// ```
/// # use freehold_tenancy::api_keys::NewKey;
/// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
/// let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
/// assert!(issued.key.expose().starts_with("fr_00000000000000000000000000000001_"));
/// // The prefix and the first eight letters of the secret: enough to tell keys apart, too little to guess one.
/// assert_eq!(issued.key_prefix.len(), "fr_".len() + 8);
/// # Ok(())
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedKey {
    /// The key itself. It can't be shown again.
    pub key: ApiKey,
    /// The key of its row.
    pub id: Uuid,
    /// How it is told apart in a list.
    pub key_prefix: String,
}

/// What is known of a key, to be listed.
///
/// ```
/// # use freehold_tenancy::api_keys::NewKey;
/// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
/// let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
/// keys.revoke(&tenant, issued.id).await?;
/// let listed = keys.list(&tenant).await?;
/// assert_eq!(listed[0].key_prefix, issued.key_prefix);
/// assert!(listed[0].revoked_at.is_some() && listed[0].last_used_at.is_none());
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// The key of its row.
    pub id: Uuid,
    /// What the tenant calls it.
    pub name: String,
    /// The beginning of its secret.
    pub key_prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Requests a minute, where they differ from what is usual.
    pub rate_limit: Option<i32>,
    /// Last use, to a minute or so.
    pub last_used_at: Option<Timestamp>,
    /// End of its validity.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl FromRow for KeyInfo {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            name: row.get("name")?,
            key_prefix: row.get("key_prefix")?,
            scopes: row.get("scopes")?,
            rate_limit: row.get("rate_limit")?,
            last_used_at: row.get("last_used_at")?,
            expires_at: row.get("expires_at")?,
            revoked_at: row.get("revoked_at")?,
        })
    }
}

impl ApiKeys {
    /// Makes a key for the tenant of `on`, a handle or a transaction.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::api_keys::{ApiKeyError, NewKey};
    ///
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let issued = keys.issue(&tenant, NewKey::named("nightly job").scope("faces:verify")).await?;
    /// assert!(keys.verify(issued.key.expose()).await?.allows("faces:verify"));
    /// let refused = keys.issue(&tenant, NewKey::named("stillborn").expires_in(Duration::ZERO)).await;
    /// assert!(matches!(refused, Err(ApiKeyError::ExpiryPast)));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`ApiKeyError::UnknownScope`], [`ApiKeyError::ExpiryPast`], [`ApiKeyError::ClockSkew`], [`ApiKeyError::Store`]
    /// when the server refuses the row.
    pub async fn issue(&self, on: &impl Execute, new: NewKey) -> Result<IssuedKey, ApiKeyError> {
        let inner = &*self.0;
        let tenant = on.tenant_id().ok_or(TenantIdError::Missing)?;
        let known = &inner.settings.scopes;
        if let Some(scope) = new.scopes.iter().find(|scope| !known.is_empty() && !known.contains(scope)) {
            return Err(ApiKeyError::UnknownScope { scope: scope.clone() });
        }
        let key = ApiKey::generate(&inner.settings.prefix, tenant)?;
        let (id, key_prefix) = (Uuid::now_v7(), key.shown(&inner.settings.prefix));
        let made = on
            .affected(
                &inner.statements.issue,
                &[
                    tenant,
                    &id,
                    &new.name,
                    &key_prefix,
                    &hex::encode(hash(key.expose())),
                    &new.scopes,
                    &new.rate_limit,
                    &new.expires_at,
                    &new.expires_in.map(|time| time.as_secs_f64()),
                    &new.clock,
                    &inner.settings.tolerance.as_secs_f64(),
                ],
            )
            .await
            .map_err(ApiKeyError::store("storing a new API key"))?;
        if made == 0 {
            return Err(self.not_issued(on, &new).await?);
        }
        Ok(IssuedKey { key, id, key_prefix })
    }

    /// Why the server made no row.
    async fn not_issued(&self, on: &impl Execute, new: &NewKey) -> Result<ApiKeyError, ApiKeyError> {
        if new.rate_limit.is_some() && self.0.settings.table.rate_limit.is_none() {
            return Ok(ApiKeyError::Settings("the key has a rate limit, and the table has no column for it"));
        }
        let Some(clock) = new.clock else { return Ok(ApiKeyError::ExpiryPast) };
        let off: f64 = on
            .query_value(self.0.statements.skew.clone(), &[&clock])
            .await
            .map_err(ApiKeyError::store("asking for the server's time"))?;
        let by = Duration::try_from_secs_f64(off).unwrap_or(Duration::MAX);
        Ok(if by > self.0.settings.tolerance {
            ApiKeyError::ClockSkew { by }
        } else {
            ApiKeyError::ExpiryPast
        })
    }

    /// Takes a key back, from now on; in other processes within
    /// [`ApiKeySettings::remembered`](super::ApiKeySettings::remembered). False when there is no such key, or it was taken
    /// back before. In a transaction it holds once that was committed: call [`ApiKeys::forget`] then.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::{ApiKeyError, NewKey};
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
    /// assert!(keys.revoke(&tenant, issued.id).await?);
    /// assert!(!keys.revoke(&tenant, issued.id).await?, "it was taken back before");
    /// assert!(matches!(keys.verify(issued.key.expose()).await, Err(ApiKeyError::Revoked)));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`ApiKeyError::Store`].
    pub async fn revoke(&self, on: &impl Execute, id: Uuid) -> Result<bool, ApiKeyError> {
        let tenant = on.tenant_id().ok_or(TenantIdError::Missing)?;
        let revoked = on
            .affected(&self.0.statements.revoke, &[tenant, &id])
            .await
            .map_err(ApiKeyError::store("revoking an API key"))?;
        self.forget();
        Ok(revoked > 0)
    }

    /// All keys of a tenant, as they can be shown.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::NewKey;
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// keys.issue(&tenant, NewKey::named("nightly job")).await?;
    /// keys.issue(&tenant, NewKey::named("importer")).await?;
    /// let names: Vec<String> = keys.list(&tenant).await?.into_iter().map(|key| key.name).collect();
    /// assert_eq!(names, ["nightly job", "importer"]);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`ApiKeyError::Store`].
    pub async fn list(&self, on: &impl Execute) -> Result<Vec<KeyInfo>, ApiKeyError> {
        let tenant = on.tenant_id().ok_or(TenantIdError::Missing)?;
        on.query(self.0.statements.list.clone(), &[tenant])
            .await
            .map_err(ApiKeyError::store("listing API keys"))
    }
}
