//! How a value is written: a short head, then JSON.
//!
//! | bytes | |
//! |---|---|
//! | 0 | `0xF1`: ours, format 1 |
//! | 1 | 1: a value, 0: there is nothing |
//! | 2–3 | the entity's version, big-endian |
//! | 4–7 | how long loading took, in microseconds, big-endian |
//! | 8– | the value as JSON |

use std::time::Duration;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::{error::CacheError, key::Entity};

const FORMAT: u8 = 0xF1;
const HEAD: usize = 8;

/// What a key held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Another version of the entity or of the format.
    Version,
    /// Nothing that was ever written by us.
    Garbage,
}

/// A value as read: `None` is the knowledge that there is nothing.
#[derive(Debug)]
pub(crate) struct Read<V> {
    pub(crate) value: Option<V>,
    pub(crate) loading_took: Duration,
}

pub(crate) fn encode<V: Serialize, S>(
    entity: &Entity<V, S>,
    value: Option<&V>,
    loading_took: Duration,
) -> Result<Bytes, CacheError> {
    let took = u32::try_from(loading_took.as_micros()).unwrap_or(u32::MAX);
    let mut out = Vec::with_capacity(128);
    out.extend([FORMAT, u8::from(value.is_some())]);
    out.extend(entity.version.to_be_bytes());
    out.extend(took.to_be_bytes());
    if let Some(value) = value {
        serde_json::to_writer(&mut out, value)
            .map_err(|source| CacheError::Encode { entity: entity.name, source })?;
    }
    Ok(out.into())
}

pub(crate) fn decode<V: DeserializeOwned, S>(
    entity: &Entity<V, S>,
    bytes: &[u8],
) -> Result<Read<V>, Unreadable> {
    let Some((&[format, kind, v1, v0, t3, t2, t1, t0], rest)) = bytes.split_first_chunk::<HEAD>() else {
        return Err(Unreadable::Garbage);
    };
    if format != FORMAT {
        // Formats to come begin with 0xF2 and so on.
        return Err(if format & 0xF0 == 0xF0 { Unreadable::Version } else { Unreadable::Garbage });
    }
    if u16::from_be_bytes([v1, v0]) != entity.version {
        return Err(Unreadable::Version);
    }
    let value = match kind {
        0 if rest.is_empty() => None,
        1 => Some(serde_json::from_slice(rest).map_err(|_| Unreadable::Garbage)?),
        _ => return Err(Unreadable::Garbage),
    };
    let took = u32::from_be_bytes([t3, t2, t1, t0]);
    Ok(Read { value, loading_took: Duration::from_micros(took.into()) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NUMBERS: Entity<Vec<i64>> = Entity::new("number", "list").version(3);

    #[test]
    fn what_was_written_is_read_and_another_version_is_not() {
        let took = Duration::from_micros(1_234);
        let bytes = encode(&NUMBERS, Some(&vec![1, -2]), took).unwrap();
        let read = decode(&NUMBERS, &bytes).unwrap();
        assert_eq!((read.value, read.loading_took), (Some(vec![1, -2]), took));
        let newer: Entity<Vec<i64>> = Entity::new("number", "list").version(4);
        assert_eq!(decode(&newer, &bytes).unwrap_err(), Unreadable::Version);
        let nothing = encode(&NUMBERS, None, took).unwrap();
        assert_eq!(decode(&NUMBERS, &nothing).unwrap().value, None);
        let mut of_another_format = bytes.to_vec();
        of_another_format[0] = 0xF2;
        assert_eq!(decode(&NUMBERS, &of_another_format).unwrap_err(), Unreadable::Version);
    }

    #[test]
    fn what_json_cannot_say_is_refused_when_it_is_written() {
        let odd: Entity<std::collections::BTreeMap<Vec<u8>, u8>> = Entity::new("odd", "map");
        let value = [(vec![1], 1)].into();
        assert!(matches!(encode(&odd, Some(&value), Duration::ZERO), Err(CacheError::Encode { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, cut in 0usize..40) {
            let _ = decode(&NUMBERS, &bytes);
            let whole = encode(&NUMBERS, Some(&vec![1, 2, 3]), Duration::from_secs(1)).unwrap();
            if cut < whole.len() {
                prop_assert!(decode(&NUMBERS, &whole[..cut]).is_err());
            }
        }
    }
}
