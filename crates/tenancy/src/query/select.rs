//! Reading rows.

use std::{fmt, sync::Arc};

use super::{
    Filter, MOST_ROWS, Order, QueryError, Table,
    order::{self, SortKey},
    plan,
    statement::{Deleted, Scope, Statement, failed},
};
use crate::{Error, Execute, FromRow, Row};

/// Rows of a table: which ones, in which order. [`select`] begins one.
///
/// ```
/// # use freehold_tenancy::query::{self, Count};
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let mut select = query::select::<Note>().sort(Note::ID.desc()).limit(20);
/// for word in ["e", "a"] {
///     select = select.filter(Note::BODY.contains(word));
/// }
/// let notes: Vec<Note> = select.all(&acme).await?;
/// assert_eq!(notes[0].body, "tea");
/// assert_eq!(select.count_up_to(&acme, 1_000).await?, Count::Exactly(2));
/// # Ok(())
/// # });
/// ```
pub struct Select<T> {
    pub(super) filters: Vec<Filter<T>>,
    pub(super) keys: Vec<SortKey>,
    pub(super) scope: Scope,
    limit: Option<u32>,
}

/// How many rows there are.
///
/// ```
/// # use freehold_tenancy::query::{self, Count};
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let select = query::select::<Note>();
/// assert_eq!(select.count_up_to(&acme, 100).await?, Count::Exactly(3));
/// assert!(matches!(select.count_up_to(&acme, 2).await?, Count::About(_)), "there are more than two");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// They were counted.
    Exactly(u64),
    /// There are more than were counted; this is the planner's estimate.
    About(u64),
}

/// Reads rows of a table, softly deleted ones left out.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let notes = query::select::<Note>().all(&acme).await?;
/// assert_eq!(notes.len(), 3, "those of the handle's tenant");
/// # Ok(())
/// # });
/// ```
pub fn select<T: Table>() -> Select<T> {
    Select { filters: Vec::new(), keys: Vec::new(), scope: Scope::default(), limit: None }
}

impl<T> Clone for Select<T> {
    fn clone(&self) -> Self {
        Self { filters: self.filters.clone(), keys: self.keys.clone(), scope: self.scope, limit: self.limit }
    }
}

impl<T: Table> Select<T> {
    /// Only rows that meet this too.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let ids = query::select::<Note>().filter(Note::ID.gt(1)).filter(Note::BODY.ne("tea"));
    /// assert_eq!(ids.all(&acme).await?, [Note { id: 2, body: "bread".to_owned() }]);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn filter(mut self, filter: Filter<T>) -> Self {
        self.filters.push(filter);
        self
    }

    /// Sorts by this; by what was named before first.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// query::insert(&[Note { id: 4, body: "milk".to_owned() }]).run(&acme).await?;
    /// let select = query::select::<Note>().sort(Note::BODY.asc()).sort(Note::ID.desc());
    /// let ids: Vec<i64> = select.all(&acme).await?.iter().map(|note| note.id).collect();
    /// assert_eq!(ids, [2, 4, 1, 3], "the later note of two with the same text first");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn sort(mut self, order: Order<T>) -> Self {
        self.keys.push(order.key);
        self
    }

    /// At most this many rows: 1 to [`MOST_ROWS`].
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// assert_eq!(query::select::<Note>().limit(2).all(&acme).await?.len(), 2);
    /// let none = query::select::<Note>().limit(0).all(&acme).await;
    /// assert!(matches!(none, Err(query::QueryError::Limit { given: 0, .. })));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn limit(mut self, rows: u32) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Softly deleted rows too.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&acme).await?;
    /// assert_eq!(query::select::<Note>().all(&acme).await?.len(), 2);
    /// assert_eq!(query::select::<Note>().with_deleted().all(&acme).await?.len(), 3);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.scope.deleted = Deleted::Shown;
        self
    }

    /// Softly deleted rows alone.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&acme).await?;
    /// assert_eq!(query::select::<Note>().all(&acme).await?.len(), 2);
    /// assert_eq!(query::select::<Note>().only_deleted().all(&acme).await?.len(), 1);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn only_deleted(mut self) -> Self {
        self.scope.deleted = Deleted::Only;
        self
    }

    /// Rows of all tenants, where the handle is for work across them. On a tenant's handle it changes nothing.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::Note;
    /// # freehold_tenancy_ground::with_acme(|db, acme| async move {
    /// let select = query::select::<Note>().across_tenants();
    /// assert_eq!(select.all(&db.system("a count of notes")?).await?.len(), 4);
    /// assert_eq!(select.all(&acme).await?.len(), 3, "a tenant's handle gives its own");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.scope.across_tenants = true;
        self
    }

    /// All the filters as one.
    pub(super) fn whole_filter(&self) -> Option<Filter<T>> {
        let whole = Filter::all(self.filters.iter().cloned());
        (!self.filters.is_empty()).then_some(whole)
    }

    /// `SELECT` what `FROM` the table `WHERE` all conditions hold.
    pub(super) fn statement(&self, what: &str, on: &impl Execute) -> Result<Statement<'static>, QueryError> {
        let mut statement = Statement::new("SELECT ");
        statement.push(what).push(" FROM ").table::<T>();
        statement.scoped::<T>(on, self.scope, self.whole_filter().as_ref())?;
        Ok(statement)
    }

    fn rows_statement(&self, on: &impl Execute, most: i64) -> Result<Statement<'static>, QueryError> {
        let mut statement = self.statement(&columns::<T>(), on)?;
        order::write(&self.keys, &mut statement);
        statement.push(" LIMIT ").bind(Arc::new(most));
        Ok(statement)
    }

    /// The rows.
    ///
    /// # Errors
    /// [`QueryError::Limit`] for a limit of 0 or above [`MOST_ROWS`]; without a limit [`QueryError::TooManyRows`] when
    /// there are more than that; otherwise as [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes: Vec<Note> = query::select::<Note>().sort(Note::ID.asc()).all(&acme).await?;
    /// assert_eq!(notes[0], Note { id: 1, body: "milk".to_owned() });
    /// # Ok(())
    /// # });
    /// ```
    pub async fn all(&self, on: &impl Execute) -> Result<Vec<T>, QueryError>
    where
        T: FromRow,
    {
        let most = match self.limit {
            Some(limit) => checked(limit, MOST_ROWS)?,
            None => MOST_ROWS + 1,
        };
        let rows = self.rows_statement(on, i64::from(most))?.rows::<T>(on).await?;
        if rows.len() > MOST_ROWS as usize {
            return Err(QueryError::TooManyRows { table: T::NAME, most: MOST_ROWS });
        }
        read::<T, T>(&rows)
    }

    /// The first row; without a sort, any one.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let newest = query::select::<Note>().sort(Note::ID.desc()).first(&acme).await?;
    /// assert_eq!(newest, Some(Note { id: 3, body: "tea".to_owned() }));
    /// let none = query::select::<Note>().filter(Note::ID.eq(99)).first(&acme).await?;
    /// assert_eq!(none, None);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn first(&self, on: &impl Execute) -> Result<Option<T>, QueryError>
    where
        T: FromRow,
    {
        let rows = self.rows_statement(on, 1)?.rows::<T>(on).await?;
        rows.first().map(T::from_row).transpose().map_err(failed::<T>)
    }

    /// Whether there is such a row.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let called = |body: &str| query::select::<Note>().filter(Note::BODY.eq(body));
    /// assert!(called("milk").exists(&acme).await?);
    /// assert!(!called("a secret of tenant 2").exists(&acme).await?);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn exists(&self, on: &impl Execute) -> Result<bool, QueryError> {
        let mut statement = self.statement("1", on)?;
        statement.text = format!("SELECT EXISTS ({})", statement.text);
        value::<T, bool>(statement, on).await
    }

    /// How many there are: counted as far as `most`, and estimated by the planner where there are more.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query::{self, Count};
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let select = query::select::<Note>();
    /// assert_eq!(select.count_up_to(&acme, 3).await?, Count::Exactly(3));
    /// assert!(matches!(select.count_up_to(&acme, 2).await?, Count::About(rows) if rows >= 3));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn count_up_to(&self, on: &impl Execute, most: u32) -> Result<Count, QueryError> {
        let mut statement = self.statement("1", on)?;
        let limit = statement.place(Arc::new(i64::from(most) + 1));
        statement.text = format!("SELECT count(*) FROM ({} LIMIT {limit}) AS found", statement.text);
        let counted = value::<T, i64>(statement, on).await?.unsigned_abs();
        if counted <= u64::from(most) {
            return Ok(Count::Exactly(counted));
        }
        Ok(Count::About(self.count_estimate(on).await?.max(counted)))
    }

    /// How many there are in the planner's estimate, from its statistics of all tenants: it costs the same however many
    /// there are, and may be far off for filters on columns that depend on each other.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let about = query::select::<Note>().count_estimate(&acme).await?;
    /// assert!(about >= 1, "the planner never expects less than one row");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn count_estimate(&self, on: &impl Execute) -> Result<u64, QueryError> {
        let plan = plan::of::<T>(self.statement("1", on)?, on).await?;
        plan::rows(&plan)
            .ok_or_else(|| failed::<T>(Error::Protocol("the plan does not say how many rows".to_owned())))
    }

    /// The server's plan of [`Select::all`], for tests that an index is used. Nothing is run.
    ///
    /// # Errors
    /// As [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let plan = query::select::<Note>().filter(Note::ID.eq(1)).plan(&acme).await?;
    /// assert_eq!(plan[0]["Plan"]["Node Type"], "Limit", "as EXPLAIN (FORMAT JSON) gives it");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn plan(&self, on: &impl Execute) -> Result<serde_json::Value, QueryError> {
        let most = checked(self.limit.unwrap_or(MOST_ROWS), MOST_ROWS)?;
        plan::of::<T>(self.rows_statement(on, i64::from(most))?, on).await
    }
}

/// The first column of the only row.
async fn value<T: Table, V: postgres_types::FromSqlOwned>(
    statement: Statement<'_>,
    on: &impl Execute,
) -> Result<V, QueryError> {
    let rows = statement.rows::<T>(on).await?;
    match rows.as_slice() {
        [row] => row.get(0_usize),
        rows => Err(Error::Rows { wanted: "exactly one row", got: rows.len() }),
    }
    .map_err(failed::<T>)
}

/// The table's columns, quoted.
pub(super) fn columns<T: Table>() -> String {
    let mut text = Statement::default();
    text.names("", T::COLUMNS.iter().map(|column| column.name));
    text.text
}

/// A number of rows that may be asked for.
pub(super) fn checked(given: u32, most: u32) -> Result<u32, QueryError> {
    if (1..=most).contains(&given) { Ok(given) } else { Err(QueryError::Limit { given, most }) }
}

pub(super) fn read<T: Table, R: FromRow>(rows: &[Row]) -> Result<Vec<R>, QueryError> {
    rows.iter().map(R::from_row).collect::<Result<_, _>>().map_err(failed::<T>)
}

/// The statement with places for its values, never the values.
impl<T: Table> fmt::Debug for Select<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Select")
            .field("table", &T::NAME)
            .field("filters", &self.filters)
            .field("sort", &self.keys)
            .field("scope", &self.scope)
            .field("limit", &self.limit)
            .finish()
    }
}
