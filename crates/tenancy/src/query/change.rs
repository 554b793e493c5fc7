//! Changing all rows that meet a filter.

use std::{fmt, sync::Arc};

use postgres_types::ToSql;

use super::{
    Column, Filter, Flaw, QueryError, Table,
    select::{columns, read},
    statement::{Bound, Deleted, Scope, Statement},
};
use crate::{Execute, FromRow};

/// A change of all rows that meet a filter. [`update`] begins it.
///
/// ```
/// # use freehold_tenancy::query;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let update = query::update::<Note>().set(Note::BODY, "bought").filter(Note::ID.le(2));
/// assert_eq!(update.run(&acme).await?, 2);
/// assert_eq!(update.run(&acme).await?, 2, "it can be run again, and on another handle");
/// # Ok(())
/// # });
/// ```
pub struct Update<T> {
    set: Vec<(&'static str, Result<Bound<'static>, Flaw>)>,
    rows: Rows<T>,
}

/// Sets columns in all rows that meet a filter.
///
/// ```
/// # use freehold_tenancy::{FromRow, query::{self, Table}};
/// # #[derive(FromRow, Table)]
/// # #[table(name = "notes", key(id))]
/// # struct Note { id: i64, body: String, topic: Option<String> }
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let changed = query::update::<Note>()
///     .set(Note::BODY, "")
///     .set_null(Note::TOPIC)
///     .filter(Note::ID.lt(100))
///     .run(&acme)
///     .await?;
/// assert_eq!(changed, 3);
/// # Ok(())
/// # });
/// ```
pub fn update<T: Table>() -> Update<T> {
    Update { set: Vec::new(), rows: Rows::default() }
}

impl<T: Table> Update<T> {
    /// Sets a column.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// use freehold_tenancy::query::{Flaw, QueryError};
    ///
    /// let milk = query::update::<Note>().filter(Note::ID.eq(1));
    /// assert_eq!(milk.set(Note::BODY, "oat milk").run(&acme).await?, 1);
    /// let broken = query::update::<Note>().set(Note::BODY, "a\0b").all().run(&acme).await;
    /// assert!(matches!(broken, Err(QueryError::Value { column: "body", flaw: Flaw::Nul })));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn set<V: ToSql + Send + Sync + 'static>(
        mut self,
        column: Column<T, V>,
        value: impl Into<V>,
    ) -> Self {
        self.set.push((column.name(), column.bound(value.into())));
        self
    }

    /// Sets a column to NULL.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::TopicNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let cleared = query::update::<Note>().set_null(Note::TOPIC).filter(Note::ID.eq(1)).run(&acme).await?;
    /// assert_eq!(cleared, 1);
    /// assert!(!query::select::<Note>().filter(Note::TOPIC.is_not_null()).exists(&acme).await?);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn set_null<V: ToSql + Send + Sync + 'static>(mut self, column: Column<T, V>) -> Self {
        self.set.push((column.name(), Ok(Arc::new(None::<V>))));
        self
    }

    /// Only rows that meet this too.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// let update = query::update::<Note>().set(Note::BODY, "").filter(Note::ID.gt(1)).filter(Note::BODY.ne("tea"));
    /// assert!(format!("{update:?}").contains(r#"filters: [Filter("id" > $1), Filter("body" <> $1)]"#));
    /// ```
    #[must_use]
    pub fn filter(mut self, filter: Filter<T>) -> Self {
        self.rows.filters.push(filter);
        self
    }

    /// Every row of the tenant, where no filter is given.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// use freehold_tenancy::query::QueryError;
    ///
    /// let update = query::update::<Note>().set(Note::BODY, "");
    /// assert!(matches!(update.run(&acme).await, Err(QueryError::NoFilter { verb: "changing", .. })));
    /// assert_eq!(update.all().run(&acme).await?, 3);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn all(mut self) -> Self {
        self.rows.all = true;
        self
    }

    /// Softly deleted rows too.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// query::soft_delete::<Note>().filter(Note::ID.eq(1)).run(&acme).await?;
    /// let update = query::update::<Note>().set(Note::BODY, "").all();
    /// assert_eq!(update.run(&acme).await?, 2);
    /// assert_eq!(update.with_deleted().run(&acme).await?, 3);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.rows.scope.deleted = Deleted::Shown;
        self
    }

    /// Rows of all tenants, where the handle is for work across them.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|db, _acme| async move {
    /// use freehold_tenancy::query::QueryError;
    ///
    /// let system = db.system("notes are emptied")?;
    /// let update = query::update::<Note>().set(Note::BODY, "").all();
    /// assert!(matches!(update.run(&system).await, Err(QueryError::NoTenant { table: "notes" })));
    /// assert_eq!(update.across_tenants().run(&system).await?, 4, "three of one tenant, one of another");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.rows.scope.across_tenants = true;
        self
    }

    /// Changes them and gives their number.
    ///
    /// # Errors
    /// [`QueryError::NoFilter`] without a filter and without [`Update::all`]; otherwise as [`QueryError`] says.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let update = query::update::<Note>().set(Note::BODY, "oat milk").filter(Note::BODY.contains("milk"));
    /// assert_eq!(update.run(&acme).await?, 1);
    /// let none = query::update::<Note>().set(Note::BODY, "").filter(Note::ID.eq(99)).run(&acme).await?;
    /// assert_eq!(none, 0, "no such row is no error");
    /// # Ok(())
    /// # });
    /// ```
    pub async fn run(&self, on: &impl Execute) -> Result<u64, QueryError> {
        self.statement(on)?.affected::<T>(on).await
    }

    /// Changes them and gives them as they are now, in no certain order.
    ///
    /// # Errors
    /// As [`Update::run`].
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let update = query::update::<Note>().set(Note::BODY, "oat milk").filter(Note::ID.eq(1));
    /// let now: Vec<Note> = update.returning(&acme).await?;
    /// assert_eq!(now, [Note { id: 1, body: "oat milk".to_owned() }]);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn returning<R: Table + FromRow>(&self, on: &impl Execute) -> Result<Vec<R>, QueryError> {
        let mut statement = self.statement(on)?;
        statement.push(" RETURNING ").push(&columns::<R>());
        read::<T, R>(&statement.rows::<T>(on).await?)
    }

    fn statement(&self, on: &impl Execute) -> Result<Statement<'static>, QueryError> {
        let fixed = |name: &str| name == T::TENANT || Some(name) == T::VERSION;
        if self.set.is_empty() || self.set.iter().any(|(name, _)| fixed(name)) {
            let why = "give columns to set, and neither the tenant nor the version among them";
            return Err(QueryError::Columns { table: T::NAME, why });
        }
        let mut statement = Statement::new("UPDATE ");
        statement.table::<T>().push(" SET ");
        for (at, (column, value)) in self.set.iter().enumerate() {
            let value = value.clone().map_err(|flaw| QueryError::Value { column, flaw })?;
            statement.push(if at > 0 { ", " } else { "" }).name(column).push(" = ").bind(value);
        }
        if let Some(version) = T::VERSION {
            statement.push(", ").name(version).push(" = ").name(version).push(" + 1");
        }
        self.rows.write("changing", statement, on)
    }
}

/// The rows that are changed or deleted.
pub(super) struct Rows<T> {
    pub(super) filters: Vec<Filter<T>>,
    pub(super) all: bool,
    pub(super) scope: Scope,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { filters: Vec::new(), all: false, scope: Scope::default() }
    }
}

impl<T: Table> Rows<T> {
    pub(super) fn write(
        &self,
        verb: &'static str,
        mut statement: Statement<'static>,
        on: &impl Execute,
    ) -> Result<Statement<'static>, QueryError> {
        let filter = Filter::all(self.filters.iter().cloned());
        let says_nothing = filter.says_nothing();
        if says_nothing && !self.all {
            return Err(QueryError::NoFilter { table: T::NAME, verb });
        }
        statement.scoped::<T>(on, self.scope, (!says_nothing).then_some(&filter))?;
        Ok(statement)
    }

    pub(super) fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("table", &T::NAME)
            .field("filters", &self.filters)
            .field("all", &self.all)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl<T: Table> fmt::Debug for Update<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.show("Update", f)
    }
}
