//! Orders of rows.

use std::marker::PhantomData;

use super::statement::Statement;

/// An order by one column. [`Column::asc`](super::Column::asc) and [`Column::desc`](super::Column::desc) make one.
///
/// ```
/// # use freehold_tenancy::{FromRow, query::{self, Table}};
/// # #[derive(FromRow, Table)]
/// # #[table(name = "notes", key(id))]
/// # struct Note { id: i64, body: Option<String> }
/// let select = query::select::<Note>().sort(Note::BODY.desc().nulls_last()).sort(Note::ID.asc());
/// ```
#[derive(Debug)]
pub struct Order<T> {
    pub(crate) key: SortKey,
    of: PhantomData<fn() -> T>,
}

/// The same, whatever the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortKey {
    pub(crate) column: &'static str,
    pub(crate) nullable: bool,
    pub(crate) descending: bool,
    /// Where NULLs are, if that was said. PostgreSQL's own order has them last, and first where it descends.
    pub(crate) nulls_first: Option<bool>,
}

impl<T> Order<T> {
    pub(crate) fn new(column: &'static str, nullable: bool, descending: bool) -> Self {
        Self { key: SortKey { column, nullable, descending, nulls_first: None }, of: PhantomData }
    }

    /// NULLs before everything else.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::TopicNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// // Only note 1 has a topic.
    /// let select = query::select::<Note>().sort(Note::TOPIC.asc().nulls_first()).sort(Note::ID.asc());
    /// let ids: Vec<i64> = select.all(&acme).await?.iter().map(|note| note.id).collect();
    /// assert_eq!(ids, [2, 3, 1]);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.key.nulls_first = Some(true);
        self
    }

    /// NULLs after everything else.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::TopicNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// // Only note 1 has a topic.
    /// let select = query::select::<Note>().sort(Note::TOPIC.desc().nulls_last()).sort(Note::ID.asc());
    /// let ids: Vec<i64> = select.all(&acme).await?.iter().map(|note| note.id).collect();
    /// assert_eq!(ids, [1, 2, 3]);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.key.nulls_first = Some(false);
        self
    }
}

impl SortKey {
    /// Whether NULLs come first.
    pub(crate) fn has_nulls_first(self) -> bool {
        self.nulls_first.unwrap_or(self.descending)
    }

    /// The same order from its end.
    pub(crate) fn reversed(self) -> Self {
        Self { descending: !self.descending, nulls_first: self.nulls_first.map(|first| !first), ..self }
    }
}

/// ` ORDER BY` the keys. What an index is declared with is what is written: no clause about NULLs unless one was asked for.
pub(crate) fn write(keys: &[SortKey], to: &mut Statement<'_>) {
    for (at, key) in keys.iter().enumerate() {
        to.push(if at > 0 { ", " } else { " ORDER BY " }).name(key.column);
        to.push(if key.descending { " DESC" } else { "" });
        to.push(match key.nulls_first {
            None => "",
            Some(true) => " NULLS FIRST",
            Some(false) => " NULLS LAST",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_from_its_end_has_everything_turned_round() {
        let key = Order::<()>::new("a", true, false).key;
        assert!(!key.has_nulls_first());
        assert!(key.reversed().has_nulls_first());
        assert_eq!(key.reversed().reversed(), key);
        let odd = Order::<()>::new("a", true, true).nulls_last().key;
        assert!(!odd.has_nulls_first());
        let turned = odd.reversed();
        assert!(turned.has_nulls_first() && !turned.descending);
    }
}
