//! Reading: from the process, from Redis, from the loader.

mod load;

use std::{error::Error as StdError, fmt, future::Future, time::Duration};

use bytes::Bytes;
use redis::Value;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Scope,
    error::{CacheError, LoadError},
    key::{Entity, Key},
    lease::left_of,
    value::{Read, Unreadable, decode},
};

/// What the cache knows.
///
/// ```
/// use freehold_tenancy::cache::Found;
///
/// assert_eq!(Found::Value(7).value(), Some(7));
/// assert_ne!(Found::<i32>::Nothing, Found::Miss);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<V> {
    /// A value.
    Value(V),
    /// That there is none.
    Nothing,
    /// Neither.
    Miss,
}

impl<V> Found<V> {
    /// The value, if there is one.
    ///
    /// ```
    /// use freehold_tenancy::cache::Found;
    ///
    /// assert_eq!(Found::Value("Ada").value(), Some("Ada"));
    /// assert_eq!(Found::<&str>::Nothing.value(), None);
    /// ```
    pub fn value(self) -> Option<V> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing | Self::Miss => None,
        }
    }
}

/// A value in the cache, and how long it will be kept.
struct Hit<V> {
    read: Read<V>,
    left: Duration,
}

impl<S> Scope<S> {
    /// What the cache knows; loads nothing.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Entity, Found};
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// assert_eq!(acme.get(&NAME, 7).await?, Found::Miss);
    /// acme.get_or_load(&NAME, 7, || async { Ok::<_, std::io::Error>(None) }).await?;
    /// assert_eq!(acme.get(&NAME, 7).await?, Found::Nothing, "known not to be there");
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`CacheError`], when Redis gives no answer. What it holds and is none of ours, or of another version, is a miss.
    pub async fn get<V: DeserializeOwned>(
        &self,
        entity: &Entity<V, S>,
        id: impl fmt::Display,
    ) -> Result<Found<V>, CacheError> {
        Ok(match self.look(entity, &self.key(entity, id)).await? {
            Some(Hit { read: Read { value: Some(value), .. }, .. }) => Found::Value(value),
            Some(_) => Found::Nothing,
            None => Found::Miss,
        })
    }

    /// The value from the cache, else from `load`, whose `None` is remembered too.
    ///
    /// However many ask at once, `load` runs once: in this process they wait for the first, in other processes for a
    /// while ([`CacheOptions::wait`](super::CacheOptions::wait)). Shortly before a value expires, one of its readers
    /// loads it anew, sooner the longer loading takes, while the others go on with the old one. Without Redis the value
    /// comes from `load`, still once at a time in this process.
    ///
    /// ```
    /// use freehold_tenancy::cache::Entity;
    ///
    /// const NAME: Entity<String> = Entity::new("person", "name");
    /// # freehold_tenancy_ground::with_cache(|cache, tenant| async move {
    /// let acme = cache.tenant(&tenant);
    /// let load = async || Ok::<_, std::io::Error>(Some("Ada".to_owned()));
    /// assert_eq!(acme.get_or_load(&NAME, 7, load).await?.as_deref(), Some("Ada"));
    /// let never = async || Err(std::io::Error::other("the cache has it"));
    /// assert_eq!(acme.get_or_load(&NAME, 7, never).await?.as_deref(), Some("Ada"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`LoadError`] with what `load` gave. Failures of Redis are none: they are counted and logged.
    pub async fn get_or_load<V, E, F, L>(
        &self,
        entity: &Entity<V, S>,
        id: impl fmt::Display,
        load: F,
    ) -> Result<Option<V>, LoadError<E>>
    where
        V: Serialize + DeserializeOwned,
        E: StdError + Send + Sync + 'static,
        F: FnOnce() -> L,
        L: Future<Output = Result<Option<V>, E>>,
    {
        let key = self.key(entity, id);
        let Ok(Some(hit)) = self.look(entity, &key).await else {
            return self.load_once(entity, &key, load).await;
        };
        if is_due(hit.left, hit.read.loading_took) {
            return Ok(self.refresh(entity, &key, hit.read.value, load).await);
        }
        Ok(hit.read.value)
    }

    async fn look<V: DeserializeOwned>(
        &self,
        entity: &Entity<V, S>,
        key: &Key,
    ) -> Result<Option<Hit<V>>, CacheError> {
        let local = self.cache.0.local.as_deref().filter(|_| !entity.local.is_zero());
        if let Some(local) = local
            && let Some(bytes) = local.get(key.as_str())
            && let Ok(read) = decode(entity, &bytes)
        {
            count_read(entity.name, "local");
            return Ok(Some(Hit { read, left: Duration::MAX }));
        }
        let mark = local.map(|local| local.mark(key.as_str()));
        let Some((bytes, left)) = self.stored(key).await.inspect_err(|error| {
            count_read(entity.name, if error.is_away() { "away" } else { "garbage" });
        })?
        else {
            count_read(entity.name, "miss");
            return Ok(None);
        };
        let Some(read) = read_as(entity, &bytes) else { return Ok(None) };
        count_read(entity.name, if read.value.is_some() { "hit" } else { "nothing" });
        if let (Some(local), Some(mark)) = (local, mark) {
            local.keep(key.as_str(), &bytes, entity.local.min(left), mark);
        }
        Ok(Some(Hit { read, left }))
    }

    /// The bytes of a key and how long they will be kept, in one go.
    async fn stored(&self, key: &Key) -> Result<Option<(Bytes, Duration)>, CacheError> {
        let mut both = redis::pipe();
        both.cmd("GET").arg(key).cmd("PTTL").arg(key);
        let answer: Result<(Value, Value), CacheError> = self.cache.0.link.pipeline("get", &both).await;
        match answer {
            Ok((Value::BulkString(bytes), Value::Int(left))) => Ok(Some((bytes.into(), left_of(left)))),
            Ok((Value::Nil, Value::Int(_))) => Ok(None),
            Ok(_) => Err(CacheError::Garbage { doing: "get" }),
            Err(error) => Err(error),
        }
    }
}

/// Whether to load early (Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention"): the
/// nearer the end and the longer a load takes, the likelier.
fn is_due(left: Duration, loading_took: Duration) -> bool {
    // 1 - [0, 1) is never zero.
    left.as_secs_f64() <= loading_took.as_secs_f64() * -(1.0 - fastrand::f64()).ln()
}

/// Give or take a tenth.
pub(super) fn jittered(keep: Duration) -> Duration {
    keep.mul_f64(0.9 + fastrand::f64() * 0.2)
}

fn read_as<V: DeserializeOwned, S>(entity: &Entity<V, S>, bytes: &[u8]) -> Option<Read<V>> {
    decode(entity, bytes)
        .inspect_err(|why| {
            count_read(
                entity.name,
                match why {
                    Unreadable::Version => "version",
                    Unreadable::Garbage => "garbage",
                },
            );
        })
        .ok()
}

fn count_read(entity: &'static str, outcome: &'static str) {
    metrics::counter!("freehold_cache_reads_total", "entity" => entity, "outcome" => outcome).increment(1);
}

pub(super) fn count_load(entity: &'static str, outcome: &'static str) {
    metrics::counter!("freehold_cache_loads_total", "entity" => entity, "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_loaded_early_only_near_its_end() {
        let took = Duration::from_millis(10);
        assert!(!(0..10_000).any(|_| is_due(Duration::from_secs(10), took)));
        assert!((0..1_000).all(|_| is_due(Duration::ZERO, took)));
        let near = (0..10_000).filter(|_| is_due(took, took)).count();
        // e⁻¹ of them.
        assert!((3_000..4_400).contains(&near), "{near}");
        assert!(!is_due(Duration::MAX, Duration::MAX / 1_000_000));
    }

    #[test]
    fn times_to_keep_differ_by_a_tenth_at_most() {
        let keep = Duration::from_secs(100);
        let times: Vec<u64> = (0..1_000).map(|_| jittered(keep).as_secs()).collect();
        assert!(times.iter().all(|time| (90..=110).contains(time)));
        assert!(times.iter().min() < times.iter().max());
        assert!(jittered(Duration::ZERO).is_zero());
    }
}
