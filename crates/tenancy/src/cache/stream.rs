//! Entries in the order in which they came.

use std::{collections::HashMap, fmt, marker::PhantomData, str::FromStr};

use redis::Value;
use serde::{Serialize, de::DeserializeOwned};

use super::{Scope, error::CacheError, key::Key};

/// The field that holds an entry's value, as JSON.
pub(super) const VALUE: &str = "value";

/// The place of an entry in its stream: milliseconds and a number among those of one millisecond.
///
/// ```
/// use freehold_tenancy::cache::Place;
///
/// let place: Place = "1700000000000-3".parse()?;
/// assert!(place > Place::START);
/// assert_eq!(place.to_string(), "1700000000000-3");
/// assert!("garbage".parse::<Place>().is_err());
/// # Ok::<(), freehold_tenancy::cache::CacheError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// When it was added, by the clock of Redis, in milliseconds since 1970.
    pub millis: u64,
    /// Counted from 0 within the millisecond.
    pub number: u64,
}

impl Place {
    /// Before all entries.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let chat = cache.tenant(&tenant).stream::<String>("chat", 7, 1_000);
    /// # use freehold_tenancy::cache::Place;
    /// let first = chat.append(&"hello".to_owned()).await?;
    /// assert!(first > Place::START);
    /// assert_eq!(chat.after(Place::START, 1).await?, [(first, "hello".to_owned())]);
    /// # Ok(())
    /// # });
    /// ```
    pub const START: Self = Self { millis: 0, number: 0 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.number)
    }
}

impl FromStr for Place {
    type Err = CacheError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('-').and_then(|(millis, number)| {
            Some(Self { millis: millis.parse().ok()?, number: number.parse().ok()? })
        });
        parts.ok_or(CacheError::Garbage { doing: "stream" })
    }
}

/// A stream of values of one type, of which the last so many are kept.
///
/// ```
/// use freehold_tenancy::cache::Place;
///
/// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
/// let chat = cache.tenant(&tenant).stream::<String>("chat", 7, 1_000);
/// let hello = chat.append(&"hello".to_owned()).await?;
/// chat.append(&"anybody here?".to_owned()).await?;
/// assert_eq!(chat.after(Place::START, 100).await?.len(), 2);
/// // What has come since the last entry that one saw:
/// assert_eq!(chat.after(hello, 100).await?[0].1, "anybody here?");
/// # Ok(())
/// # });
/// ```
#[derive(Debug)]
pub struct Stream<V, S> {
    scope: Scope<S>,
    key: Key,
    keep: u32,
    kind: PhantomData<fn() -> V>,
}

impl<S> Scope<S> {
    /// A stream that keeps about the last `keep` entries.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// let (chat, other) = (acme.stream::<String>("chat", 7, 1_000), acme.stream::<String>("chat", 8, 1_000));
    /// let place = chat.append(&"hello".to_owned()).await?;
    /// # use freehold_tenancy::cache::Place;
    /// assert!(other.after(Place::START, 10).await?.is_empty(), "another room");
    /// # Ok(())
    /// # });
    /// ```
    pub fn stream<V>(&self, name: &str, id: impl fmt::Display, keep: u32) -> Stream<V, S> {
        let key = self.named(name, id, "stream").beside("stream");
        Stream { scope: self.clone(), key, keep, kind: PhantomData }
    }
}

impl<V: Serialize + DeserializeOwned, S> Stream<V, S> {
    /// Adds an entry at the end.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let steps = cache.tenant(&tenant).stream::<u32>("steps", "ada", 10);
    /// let (one, two) = (steps.append(&12).await?, steps.append(&7).await?);
    /// assert!(one < two);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError::Encode`], or when Redis gives no answer: then it may have been added.
    pub async fn append(&self, value: &V) -> Result<Place, CacheError> {
        let json =
            serde_json::to_vec(value).map_err(|source| CacheError::Encode { entity: "stream", source })?;
        let mut command = redis::cmd("XADD");
        command.arg(&self.key).arg("MAXLEN").arg("~").arg(self.keep).arg("*").arg(VALUE).arg(json);
        self.scope.cache.0.link.command::<String>("stream", &command).await?.parse()
    }

    /// The next entries after a place, in order. What is none of this type is counted and left out.
    ///
    /// ```
    /// use freehold_tenancy::cache::Place;
    ///
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let steps = cache.tenant(&tenant).stream::<u32>("steps", "ada", 1_000);
    /// for step in 1..=5 {
    ///     steps.append(&step).await?;
    /// }
    /// let page = steps.after(Place::START, 2).await?;
    /// let Some((last, 2)) = page.last() else { panic!("the first two come first") };
    /// assert_eq!(steps.after(*last, 2).await?[0].1, 3);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer, or one that can't be read.
    pub async fn after(&self, place: Place, count: u32) -> Result<Vec<(Place, V)>, CacheError> {
        let mut command = redis::cmd("XRANGE");
        command.arg(&self.key).arg(format!("({place}")).arg("+").arg("COUNT").arg(count);
        let answer: Value = self.scope.cache.0.link.command("stream", &command).await?;
        let entries = entries(&answer)?;
        Ok(entries
            .into_iter()
            .filter_map(|(place, fields)| {
                let value = fields.get(VALUE).and_then(|json| serde_json::from_slice(json).ok());
                if value.is_none() {
                    metrics::counter!("freehold_cache_stream_garbage_total").increment(1);
                }
                Some((place, value?))
            })
            .collect())
    }
}

/// The place of an entry, and its fields.
pub(super) type Entry = (Place, HashMap<String, Vec<u8>>);

/// The entries of an answer to XRANGE, XREADGROUP and XAUTOCLAIM.
pub(super) fn entries(answer: &Value) -> Result<Vec<Entry>, CacheError> {
    let garbage = || CacheError::Garbage { doing: "stream" };
    let Value::Array(list) = answer else {
        return if *answer == Value::Nil { Ok(Vec::new()) } else { Err(garbage()) };
    };
    let mut entries = Vec::with_capacity(list.len());
    for entry in list {
        match entry {
            // Before version 7, XAUTOCLAIM gives nil for what was deleted.
            Value::Nil => {}
            Value::Array(parts) => {
                let [Value::BulkString(place), fields] = parts.as_slice() else { return Err(garbage()) };
                let place = std::str::from_utf8(place).map_err(|_| garbage())?.parse()?;
                let fields = match fields {
                    Value::Nil => HashMap::new(),
                    fields => redis::from_redis_value_ref(fields).map_err(|_| garbage())?,
                };
                entries.push((place, fields));
            }
            _ => return Err(garbage()),
        }
    }
    Ok(entries)
}
