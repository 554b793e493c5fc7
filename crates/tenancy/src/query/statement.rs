//! A statement while it is put together: its text, and what is bound.

use std::sync::Arc;

use postgres_types::ToSql;

use super::{QueryError, Table, filter::Filter};
use crate::{Error, Execute, Param, Row, Sql, quote_identifier};

/// A value that is bound.
pub type Bound<'v> = Arc<dyn ToSql + Send + Sync + 'v>;

/// A statement, written from the left to the right.
#[derive(Default)]
pub(crate) struct Statement<'v> {
    pub(crate) text: String,
    pub(crate) values: Vec<Bound<'v>>,
    /// Whether it has a `WHERE` already.
    conditioned: bool,
}

/// Which rows of a table a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Scope {
    pub(crate) across_tenants: bool,
    pub(crate) deleted: Deleted,
}

/// Whether softly deleted rows are among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) enum Deleted {
    #[default]
    Hidden,
    Shown,
    Only,
}

impl<'v> Statement<'v> {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A name, quoted.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        let quoted = quote_identifier(name);
        self.push(&quoted)
    }

    /// Names, quoted, with `prefix` before each and commas between.
    pub(crate) fn names<'n>(&mut self, prefix: &str, names: impl IntoIterator<Item = &'n str>) -> &mut Self {
        for (at, name) in names.into_iter().enumerate() {
            self.push(if at > 0 { ", " } else { "" }).push(prefix).name(name);
        }
        self
    }

    /// The place of a value that is bound.
    pub(crate) fn bind(&mut self, value: Bound<'v>) -> &mut Self {
        let place = self.place(value);
        self.push(&place)
    }

    /// Binds a value and gives its place, such as `$3`.
    pub(crate) fn place(&mut self, value: Bound<'v>) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    pub(crate) fn table<T: Table>(&mut self) -> &mut Self {
        if let Some(schema) = T::SCHEMA {
            self.name(schema).push(".");
        }
        self.name(T::NAME)
    }

    /// What stands before the next condition.
    pub(crate) fn joint(&self) -> &'static str {
        if self.conditioned { " AND " } else { " WHERE " }
    }

    /// Begins a condition.
    pub(crate) fn condition(&mut self) -> &mut Self {
        let joint = self.joint();
        self.conditioned = true;
        self.push(joint)
    }

    /// ` WHERE` the tenant, the scope and the filter hold; nothing where none of them says anything.
    pub(crate) fn scoped<T: Table>(
        &mut self,
        on: &impl Execute,
        scope: Scope,
        filter: Option<&Filter<T>>,
    ) -> Result<&mut Self, QueryError> {
        if let Some(tenant) = tenant_of::<T>(on, scope)? {
            self.condition().name(T::TENANT).push(" = ").bind(Arc::new(tenant));
        }
        if let Some(column) = T::SOFT_DELETE {
            match scope.deleted {
                Deleted::Shown => {}
                Deleted::Hidden => {
                    self.condition().name(column).push(" IS NULL");
                }
                Deleted::Only => {
                    self.condition().name(column).push(" IS NOT NULL");
                }
            }
        }
        if let Some(filter) = filter {
            filter.write(self.condition())?;
        }
        Ok(self)
    }

    fn params(&self) -> Vec<Param<'_>> {
        self.values.iter().map(|value| &**value as Param<'_>).collect()
    }

    pub(crate) async fn rows<T: Table>(self, on: &impl Execute) -> Result<Vec<Row>, QueryError> {
        let sql = Sql::vouched(self.text.clone());
        on.rows(&sql, &self.params()).await.map_err(failed::<T>)
    }

    pub(crate) async fn affected<T: Table>(self, on: &impl Execute) -> Result<u64, QueryError> {
        let sql = Sql::vouched(self.text.clone());
        on.affected(&sql, &self.params()).await.map_err(failed::<T>)
    }
}

/// The handle's tenant; nothing where the statement is for all of them.
pub(crate) fn tenant_of<T: Table>(
    on: &impl Execute,
    scope: Scope,
) -> Result<Option<crate::TenantId>, QueryError> {
    match on.tenant_id() {
        Some(tenant) => Ok(Some(tenant.clone())),
        None if scope.across_tenants => Ok(None),
        None => Err(QueryError::NoTenant { table: T::NAME }),
    }
}

pub(crate) fn failed<T: Table>(source: Error) -> QueryError {
    QueryError::Run { table: T::NAME, source }
}
