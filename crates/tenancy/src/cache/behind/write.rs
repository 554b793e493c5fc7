//! A write that waits, as workers get it.

use uuid::Uuid;

use crate::cache::Place;

/// A write that is to be done.
///
/// ```
/// use std::collections::HashMap;
/// use freehold_tenancy::cache::Write;
///
/// /// The last value for each id: writes come in the order in which they were pushed.
/// fn last(writes: Vec<Write<i64>>) -> HashMap<String, i64> {
///     writes.into_iter().map(|write| (write.id, write.value)).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write<V> {
    /// The same each time that this write is handed out, and no other write's: make it a unique column where a write may
    /// not count twice.
    pub key: Uuid,
    /// Its place among the writes of its tenant.
    pub place: Place,
    /// The id that it was pushed with.
    pub id: String,
    /// The value.
    pub value: V,
}

impl<V> Write<V> {
    /// Its place as one number, greater for each later write of the tenant, for a column of type `bigint`.
    ///
    /// ```
    /// use freehold_tenancy::cache::{Place, Write};
    /// use uuid::Uuid;
    ///
    /// let place: Place = "1700000000000-0".parse()?;
    /// let first = Write { key: Uuid::now_v7(), place, id: "7".to_owned(), value: 1 };
    /// let second = Write { place: Place { number: 1, ..place }, ..first.clone() };
    /// assert_eq!(second.order(), first.order() + 1);
    /// # Ok::<(), freehold_tenancy::cache::CacheError>(())
    /// ```
    pub fn order(&self) -> i64 {
        // 43 bits of milliseconds reach to the year 2248; a stream gives fewer than 2^20 places in a millisecond.
        let place = (self.place.millis << 20) | self.place.number.min((1 << 20) - 1);
        i64::try_from(place).unwrap_or(i64::MAX)
    }
}
