//! Why a key is not taken.

use std::{sync::Arc, time::Duration};

use crate::{Error, TenantIdError};

/// Why a key is not taken, or could not be issued. Nothing in it repeats a key.
///
/// ```
/// use freehold_tenancy::api_keys::ApiKeyError;
///
/// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
/// let refused = keys.verify("Basic YWRhOnNlY3JldA==").await.unwrap_err();
/// assert_eq!(refused.to_string(), r#"this is no API key: keys begin with "fr_""#);
/// let refused = keys.verify("fr_00000000000000000000000000000001_cut").await.unwrap_err();
/// assert!(matches!(refused, ApiKeyError::Malformed(_)));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ApiKeyError {
    /// Nothing, or something that does not begin as keys do.
    #[error("this is no API key: keys begin with {prefix:?}")]
    NotAKey {
        /// What keys begin with.
        prefix: String,
    },
    /// Longer than any key.
    #[error("this is no API key: it has {bytes} bytes, a key has at most {most}")]
    TooLong {
        /// As many as it has.
        bytes: usize,
        /// As many as the longest key has.
        most: usize,
    },
    /// It begins as a key does, and a part is missing or too short.
    #[error("the API key is not complete: {0}")]
    Malformed(&'static str),
    /// A character was mistyped, or some were lost.
    #[error("the API key was mistyped or cut off: its checksum is wrong")]
    Checksum,
    /// The tenant in it can't be one.
    #[error("the API key names no tenant")]
    Tenant(#[from] TenantIdError),
    /// The tenant has no such key.
    #[error("the API key is unknown")]
    Unknown,
    /// It was taken back.
    #[error("the API key was revoked")]
    Revoked,
    /// Its time is over.
    #[error("the API key has expired")]
    Expired,
    /// It is good, and not for this.
    #[error("the API key lacks the scope {needed:?}")]
    Scope {
        /// What was needed.
        needed: String,
    },
    /// A scope that the settings do not list.
    #[error("there is no scope {scope:?}")]
    UnknownScope {
        /// The scope.
        scope: String,
    },
    /// A key that would be expired when it is issued.
    #[error("the end of the key's validity is past")]
    ExpiryPast,
    /// The clock by which the end of the validity was reckoned is not the server's.
    #[error("the clock is {by:?} off the database's: set it right, or give the validity as a duration")]
    ClockSkew {
        /// By how much, either way.
        by: Duration,
    },
    /// Settings with which there can be no keys.
    #[error("setting up API keys: {0}")]
    Settings(&'static str),
    /// The operating system gives no random bytes.
    #[error("making an API key")]
    Random(#[from] crate::secrets::KeyError),
    /// The table could not be read or written.
    #[error("{doing}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: Arc<Error>,
    },
}

impl ApiKeyError {
    pub(super) fn store(doing: &'static str) -> impl FnOnce(Error) -> Self {
        move |source| Self::Store { doing, source: Arc::new(source) }
    }

    /// The status of an answer over HTTP: 401 for what is no good key, 403 for a good one that is not for this, 400 for
    /// what was asked wrongly of [`ApiKeys::issue`](super::ApiKeys::issue), 500 and 503 for failures of the service's.
    ///
    /// ```
    /// use freehold_tenancy::api_keys::ApiKeyError;
    ///
    /// assert_eq!(ApiKeyError::Expired.status(), 401);
    /// assert_eq!(ApiKeyError::Scope { needed: "admin".into() }.status(), 403);
    /// ```
    pub fn status(&self) -> http::StatusCode {
        use http::StatusCode;
        match self {
            Self::NotAKey { .. }
            | Self::TooLong { .. }
            | Self::Malformed(_)
            | Self::Checksum
            | Self::Tenant(_)
            | Self::Unknown
            | Self::Revoked
            | Self::Expired => StatusCode::UNAUTHORIZED,
            Self::Scope { .. } => StatusCode::FORBIDDEN,
            Self::UnknownScope { .. } | Self::ExpiryPast | Self::ClockSkew { .. } => StatusCode::BAD_REQUEST,
            Self::Settings(_) | Self::Random(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Store { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
