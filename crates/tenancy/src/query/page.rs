//! Pages by key: each begins where the one before it ended, however long the list is.

use std::{mem, sync::Arc};

use sha2::{Digest, Sha256};

use super::{
    CursorError, Cursors, LARGEST_PAGE, QueryError, Select, Table,
    cursor::{Edge, List, Place},
    order::{self, SortKey},
    plan,
    raw::TypeChanged,
    seek::Seek,
    select::{checked, columns, read},
    statement::{Statement, failed, tenant_of},
};
use crate::{Error, Execute, FromRow, Row, TenantId};

/// A part of a sorted list.
///
/// ```
/// # use freehold_tenancy::query::{self, CursorKey, Cursors};
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// # let cursors = Cursors::new(CursorKey::new(1, &[7; 32])?);
/// let list = query::select::<Note>().sort(Note::ID.asc());
/// let first = list.page(&acme, &cursors, 2, None).await?;
/// assert_eq!((first.rows.len(), &first.previous), (2, &None));
/// let second = list.page(&acme, &cursors, 2, first.next.as_deref()).await?;
/// assert_eq!((second.rows[0].id, &second.next), (3, &None));
/// let back = list.page(&acme, &cursors, 2, second.previous.as_deref()).await?;
/// assert_eq!(back.rows, first.rows);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Its rows, in order.
    pub rows: Vec<T>,
    /// The cursor of the page after it; `None` where there was none when this page was read.
    pub next: Option<String>,
    /// The cursor of the page before it; `None` on the first page.
    pub previous: Option<String>,
}

impl<T: Table> Select<T> {
    /// A page of `size` rows (1 to [`LARGEST_PAGE`]): the one that a cursor stands for, the first one without a cursor.
    /// The key's columns are added to the order, so that every row has one place in it. A limit is not looked at.
    ///
    /// Rows that are inserted or deleted meanwhile move no other row to another page: each row that is there all the
    /// time is seen once. An index on the tenant, the sorted columns (in their directions) and the key lets the server
    /// read no more rows than the page has.
    ///
    /// # Errors
    /// [`QueryError::Limit`], [`QueryError::Cursor`] with the reason, otherwise as [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query::{self, CursorError, Cursors, QueryError};
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// # let cursors = Cursors::new(query::CursorKey::new(1, &[7; 32])?);
    /// let list = query::select::<Note>().sort(Note::BODY.desc());
    /// let page = list.page(&acme, &cursors, 2, None).await?;
    /// assert_eq!(page.rows[0].body, "tea");
    /// let asc = query::select::<Note>().sort(Note::BODY.asc());
    /// let other_list = asc.page(&acme, &cursors, 2, page.next.as_deref()).await;
    /// assert!(matches!(other_list, Err(QueryError::Cursor(CursorError::OtherQuery))));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn page(
        &self,
        on: &impl Execute,
        cursors: &Cursors,
        size: u32,
        cursor: Option<&str>,
    ) -> Result<Page<T>, QueryError>
    where
        T: FromRow,
    {
        let asked = self.asked(on, cursors, size, cursor)?;
        let statement = self.page_statement(on, &asked)?;
        let mut rows = statement.rows::<T>(on).await.map_err(stale)?;
        let more = rows.len() > asked.size as usize;
        rows.truncate(asked.size as usize);
        let backwards = asked.place.as_ref().is_some_and(|place| place.edge.is_backwards());
        if backwards {
            rows.reverse();
        }
        let seal = |edge, row: &Row| -> Result<Option<String>, QueryError> {
            let place = Place { edge, values: values(&asked.keys, row).map_err(failed::<T>)? };
            cursors.seal(&asked.list(), &place).map(Some)
        };
        let (mut next, mut previous) = (None, None);
        match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => {
                if asked.place.is_some() && (!backwards || more) {
                    previous = seal(Edge::Before, first)?;
                }
                if backwards || more {
                    next = seal(Edge::After, last)?;
                }
            }
            _ => {
                // Everything on this side is gone: from the same place one can only go back.
                if let Some(Place { edge, values }) = &asked.place {
                    let edge = match edge {
                        Edge::After => Edge::UpTo,
                        Edge::From => Edge::Before,
                        Edge::Before => Edge::From,
                        Edge::UpTo => Edge::After,
                    };
                    let back = cursors.seal(&asked.list(), &Place { edge, values: values.clone() })?;
                    *(if backwards { &mut next } else { &mut previous }) = Some(back);
                }
            }
        }
        Ok(Page { rows: read::<T, T>(&rows)?, next, previous })
    }

    /// The server's plan of a page, for tests that an index is used. Nothing is run.
    ///
    /// # Errors
    /// As [`Select::page`].
    ///
    /// ```
    /// # use freehold_tenancy::query::{self, CursorKey, Cursors};
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// # let cursors = Cursors::new(CursorKey::new(1, &[7; 32])?);
    /// let list = query::select::<Note>().sort(Note::ID.asc());
    /// let plan = list.page_plan(&acme, &cursors, 50, None).await?;
    /// assert_eq!(plan[0]["Plan"]["Node Type"], "Limit", "as EXPLAIN (FORMAT JSON) gives it");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn page_plan(
        &self,
        on: &impl Execute,
        cursors: &Cursors,
        size: u32,
        cursor: Option<&str>,
    ) -> Result<serde_json::Value, QueryError> {
        let asked = self.asked(on, cursors, size, cursor)?;
        plan::of::<T>(self.page_statement(on, &asked)?, on).await.map_err(stale)
    }

    fn asked(
        &self,
        on: &impl Execute,
        cursors: &Cursors,
        size: u32,
        cursor: Option<&str>,
    ) -> Result<Asked, QueryError> {
        let tenant = tenant_of::<T>(on, self.scope)?;
        let keys = self.keys_to_the_end(tenant.is_none());
        let mut asked = Asked {
            size: checked(size, LARGEST_PAGE)?,
            digest: self.digest(&keys)?,
            tenant,
            keys,
            place: None,
        };
        if let Some(cursor) = cursor {
            let place = cursors.open(&asked.list(), cursor)?;
            if place.values.len() != asked.keys.len() {
                return Err(CursorError::OtherQuery.into());
            }
            asked.place = Some(place);
        }
        Ok(asked)
    }

    /// The order, made one in which no two rows have the same place.
    fn keys_to_the_end(&self, across_tenants: bool) -> Vec<SortKey> {
        let mut keys: Vec<SortKey> = Vec::new();
        // After a column that decides already, the same column decides nothing.
        for key in &self.keys {
            if !keys.iter().any(|known| known.column == key.column) {
                keys.push(*key);
            }
        }
        // In the direction of the last, so that one comparison of rows does for all where that is possible.
        let descending = keys.last().is_some_and(|key| key.descending);
        let tenant = across_tenants.then_some(T::TENANT);
        for column in tenant.into_iter().chain(T::KEY.iter().copied()) {
            if !keys.iter().any(|known| known.column == column) {
                keys.push(SortKey { column, nullable: false, descending, nulls_first: None });
            }
        }
        keys
    }

    fn digest(&self, keys: &[SortKey]) -> Result<[u8; 32], QueryError> {
        let mut head = Statement::default();
        head.table::<T>();
        order::write(keys, &mut head);
        let mut digest = Sha256::new();
        digest.update(head.text.as_bytes());
        digest.update(format!("{:?}", self.scope.deleted).as_bytes());
        for filter in &self.filters {
            digest.update(filter.digest()?);
        }
        Ok(digest.finalize().into())
    }

    fn page_statement(&self, on: &impl Execute, asked: &Asked) -> Result<Statement<'static>, QueryError> {
        let backwards = asked.place.as_ref().is_some_and(|place| place.edge.is_backwards());
        let keys: Vec<SortKey> =
            asked.keys.iter().map(|key| if backwards { key.reversed() } else { *key }).collect();
        // The tenant's column is a key across tenants, whether the struct has it or not.
        let mut what = columns::<T>();
        for key in &keys {
            if !T::COLUMNS.iter().any(|column| column.name == key.column) {
                what.push_str(", ");
                what.push_str(&crate::quote_identifier(key.column));
            }
        }
        let mut statement = self.statement(&what, on)?;
        let mut tail = Statement::default();
        order::write(&keys, &mut tail);
        let ranges = match &asked.place {
            None => Vec::new(),
            Some(place) => {
                let inclusive = place.edge.is_inclusive();
                Seek { keys: &keys, values: &place.values, inclusive }.ranges(&mut statement)
            }
        };
        let limit = statement.place(Arc::new(i64::from(asked.size) + 1));
        let tail = format!("{} LIMIT {limit}", tail.text);
        let head = mem::take(&mut statement.text);
        let joint = statement.joint();
        statement.text = match ranges.as_slice() {
            [] => head + &tail,
            [range] => format!("{head}{joint}{range}{tail}"),
            ranges => {
                let parts: Vec<String> =
                    ranges.iter().map(|range| format!("({head}{joint}{range}{tail})")).collect();
                format!("SELECT * FROM ({}) AS page{tail}", parts.join(" UNION ALL "))
            }
        };
        Ok(statement)
    }
}

/// A page that was asked for, checked.
struct Asked {
    size: u32,
    tenant: Option<TenantId>,
    digest: [u8; 32],
    keys: Vec<SortKey>,
    place: Option<Place>,
}

impl Asked {
    fn list(&self) -> List<'_> {
        List { tenant: self.tenant.as_ref(), digest: self.digest }
    }
}

/// The place of a row in the order.
fn values(keys: &[SortKey], row: &Row) -> Result<Vec<Option<super::raw::Raw>>, Error> {
    keys.iter().map(|key| row.get(key.column)).collect()
}

/// A cursor from before a column's type was changed is an old one.
fn stale(error: QueryError) -> QueryError {
    match &error {
        QueryError::Run { source: Error::Parameter { source, .. }, .. } if source.is::<TypeChanged>() => {
            CursorError::OlderVersion.into()
        }
        _ => error,
    }
}
