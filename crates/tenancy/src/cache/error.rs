//! What can go wrong on the way to Redis.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

/// Why Redis gave no answer. No text of the server's and no value is in it: both can hold what a tenant stored.
///
/// ```
/// use freehold_tenancy::cache::CacheError;
///
/// assert!(CacheError::Open.is_away());
/// assert!(!CacheError::Garbage { doing: "get" }.is_away());
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// Settings with which Redis can't be asked.
    #[error("setting up the cache: {0}")]
    Setup(String),
    /// The connection could not be made, or was lost.
    #[error("asking Redis ({doing}): the connection failed ({kind})")]
    Connection {
        /// The operation.
        doing: &'static str,
        /// The kind of failure, such as `connection refused`.
        kind: String,
    },
    /// No answer in time.
    #[error("asking Redis ({doing}): no answer within {waited:?}")]
    Timeout {
        /// The operation.
        doing: &'static str,
        /// How long was waited.
        waited: Duration,
    },
    /// Redis failed just before and is left alone for a moment: nothing was sent.
    #[error("Redis failed just before and is not asked for a moment")]
    Open,
    /// Redis refused the command.
    #[error("asking Redis ({doing}): it refused with {code}")]
    Refused {
        /// The operation.
        doing: &'static str,
        /// The first word of its refusal, such as `OOM` or `NOPERM`.
        code: String,
    },
    /// Redis answered with what no such command is answered with, or a value is none of ours.
    #[error("asking Redis ({doing}): the answer can't be read")]
    Garbage {
        /// The operation.
        doing: &'static str,
    },
    /// A value can't be written in the cache's format.
    #[error("a value of {entity} can't be stored")]
    Encode {
        /// The entity's name.
        entity: &'static str,
        /// Why not.
        source: serde_json::Error,
    },
    /// An argument that makes no sense.
    #[error("{what}: {why}")]
    Input {
        /// What was being done.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A bounded queue is full: nothing was added.
    #[error("the queue {queue} holds {limit} entries and takes no more")]
    Full {
        /// The queue's name.
        queue: &'static str,
        /// How many it may hold.
        limit: usize,
    },
}

impl CacheError {
    /// Whether Redis is not to be had at all just now: lost, slow, or left alone.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::cache::CacheError;
    ///
    /// assert!(CacheError::Timeout { doing: "get", waited: Duration::from_millis(500) }.is_away());
    /// // It answered, if not as one would like.
    /// assert!(!CacheError::Refused { doing: "get", code: "OOM".to_owned() }.is_away());
    /// ```
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Connection { .. } | Self::Timeout { .. } | Self::Open)
    }

    pub(crate) fn from_redis(doing: &'static str, error: &redis::RedisError, waited: Duration) -> Self {
        use redis::ErrorKind as Kind;
        if error.is_timeout() {
            return Self::Timeout { doing, waited };
        }
        match error.kind() {
            Kind::Parse | Kind::UnexpectedReturnType => Self::Garbage { doing },
            Kind::Server(_) | Kind::Extension => Self::Refused { doing, code: code_of(error) },
            Kind::Io => Self::Connection { doing, kind: io_kind(error) },
            kind => Self::Connection { doing, kind: format!("{kind:?}") },
        }
    }
}

/// The code of a refusal, if it looks like one: a server that talks nonsense is not repeated.
fn code_of(error: &redis::RedisError) -> String {
    let code = error.code().unwrap_or("ERR");
    let is_code = !code.is_empty() && code.len() <= 20 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_code { code.to_owned() } else { "ERR".to_owned() }
}

fn io_kind(error: &redis::RedisError) -> String {
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    source.map_or_else(|| "lost".to_owned(), |io| io.kind().to_string())
}

/// The loader of [`get_or_load`](crate::cache::Scope::get_or_load) failed. All callers that waited for the same load
/// have the same error.
///
/// ```
/// use freehold_tenancy::cache::Entity;
/// # use std::error::Error;
///
/// const NAME: Entity<String> = Entity::new("person", "name");
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let load = || async { Err("not a number".parse::<i64>().unwrap_err()) };
/// let failed = cache.tenant(&tenant).get_or_load(&NAME, 7, load).await.unwrap_err();
/// assert_eq!(failed.to_string(), "loading what the cache did not have");
/// assert!(failed.source().is_some_and(|cause| cause.to_string().contains("invalid digit")));
/// # Ok(())
/// # });
/// ```
#[derive(Debug)]
pub struct LoadError<E>(pub(crate) Arc<E>);

impl<E> LoadError<E> {
    /// What the loader gave.
    ///
    /// ```
    /// use std::num::ParseIntError;
    /// use freehold_tenancy::cache::LoadError;
    ///
    /// fn status(failed: &LoadError<ParseIntError>) -> u16 {
    ///     match failed.loader().kind() {
    ///         std::num::IntErrorKind::Empty => 400,
    ///         _ => 500,
    ///     }
    /// }
    /// ```
    pub fn loader(&self) -> &E {
        &self.0
    }

    /// What the loader gave, when nobody else waited for it.
    ///
    /// ```
    /// use freehold_tenancy::cache::Entity;
    ///
    /// const AGE: Entity<i64> = Entity::new("person", "age");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let load = || async { "".parse().map(Some) };
    /// let failed = cache.tenant(&tenant).get_or_load(&AGE, 7, load).await.unwrap_err();
    /// // Nobody else waited for this load.
    /// let error = failed.into_loader().expect("it is ours alone");
    /// assert_eq!(error.kind(), &std::num::IntErrorKind::Empty);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// The shared error, when somebody did.
    pub fn into_loader(self) -> Result<E, Arc<E>> {
        Arc::try_unwrap(self.0)
    }
}

impl<E> Clone for LoadError<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> fmt::Display for LoadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("loading what the cache did not have")
    }
}

impl<E: StdError + 'static> StdError for LoadError<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}
