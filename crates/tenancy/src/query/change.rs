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
pub struct Update<T> {
    set: Vec<(&'static str, Result<Bound<'static>, Flaw>)>,
    rows: Rows<T>,
}

/// Sets columns in all rows that meet a filter.
///
/// ```no_run
/// # use freehold_tenancy::{FromRow, Tenant, query::{self, QueryError, Table}};
/// # #[derive(FromRow, Table)]
/// # #[table(name = "notes", key(id))]
/// # struct Note { id: i64, body: String, topic: Option<String> }
/// # async fn f(tenant: &Tenant) -> Result<(), QueryError> {
/// let changed = query::update::<Note>()
///     .set(Note::BODY, "")
///     .set_null(Note::TOPIC)
///     .filter(Note::ID.lt(100))
///     .run(tenant)
///     .await?;
/// # Ok(())
/// # }
/// ```
pub fn update<T: Table>() -> Update<T> {
    Update { set: Vec::new(), rows: Rows::default() }
}

impl<T: Table> Update<T> {
    /// Sets a column.
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
    #[must_use]
    pub fn set_null<V: ToSql + Send + Sync + 'static>(mut self, column: Column<T, V>) -> Self {
        self.set.push((column.name(), Ok(Arc::new(None::<V>))));
        self
    }

    /// Only rows that meet this too.
    #[must_use]
    pub fn filter(mut self, filter: Filter<T>) -> Self {
        self.rows.filters.push(filter);
        self
    }

    /// Every row of the tenant, where no filter is given.
    #[must_use]
    pub fn all(mut self) -> Self {
        self.rows.all = true;
        self
    }

    /// Softly deleted rows too.
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.rows.scope.deleted = Deleted::Shown;
        self
    }

    /// Rows of all tenants, where the handle is for work across them.
    #[must_use]
    pub fn across_tenants(mut self) -> Self {
        self.rows.scope.across_tenants = true;
        self
    }

    /// Changes them and gives their number.
    ///
    /// # Errors
    /// [`QueryError::NoFilter`] without a filter and without [`Update::all`]; otherwise as [`QueryError`] says.
    pub async fn run(&self, on: &impl Execute) -> Result<u64, QueryError> {
        self.statement(on)?.affected::<T>(on).await
    }

    /// Changes them and gives them as they are now, in no certain order.
    ///
    /// # Errors
    /// As [`Update::run`].
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
