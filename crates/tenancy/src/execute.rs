//! What can run a statement: a tenant's handle, a transaction of it, and the handle for work across tenants.

use std::{future::Future, panic::Location};

use futures_util::future::BoxFuture;
use postgres_types::{FromSqlOwned, ToSql};

use crate::{Error, FromRow, Row, Sql, Tenancy, TenantId, telemetry};

/// A bound parameter.
pub type Param<'p> = &'p (dyn ToSql + Sync);

mod sealed {
    use super::{Error, Future, Param, Row, Sql};
    use crate::telemetry::Tags;

    /// Only this crate decides what carries a tenant. These send a statement as it is; what calls them observes it.
    pub trait Sealed {
        /// What [`Execute::rows`](super::Execute::rows) gives.
        fn send_rows<'e>(
            &'e self,
            sql: &'e Sql,
            params: &'e [Param<'e>],
        ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send + 'e;

        /// What [`Execute::affected`](super::Execute::affected) gives.
        fn send_affected<'e>(
            &'e self,
            sql: &'e Sql,
            params: &'e [Param<'e>],
        ) -> impl Future<Output = Result<u64, Error>> + Send + 'e;

        /// What every statement is tagged with.
        fn tags(&self) -> Option<&Tags>;

        /// Runs one statement that only reads, with settings of the server that hold for it alone, besides those of
        /// the context. They are there when the statement is planned.
        fn read_with<'e>(
            &'e self,
            settings: &'e [(&'static str, String)],
            sql: &'e Sql,
            params: &'e [Param<'e>],
        ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send + 'e;
    }
}
pub(crate) use sealed::Sealed;

/// Something that runs statements within its tenant (or, for [`System`](crate::System), across them).
///
/// The server's row level security holds for every one of them; the context and the statement travel together.
///
/// What is generic over `impl Execute` can be awaited in a task that is spawned: `query` and its kin give boxed futures,
/// because one that remembered the type that became [`Sql`] would be no `Send` there (rust-lang/rust#100013).
pub trait Execute: Sealed + Sync {
    /// The tenant; `None` for work across tenants.
    fn tenant_id(&self) -> Option<&TenantId>;

    /// How tables tell tenants apart.
    fn tenancy(&self) -> &Tenancy;

    /// Runs one statement and gives its rows.
    ///
    /// # Errors
    /// [`Error`], by what went wrong.
    #[track_caller]
    fn rows<'e>(
        &'e self,
        sql: &'e Sql,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send + 'e {
        telemetry::rows(self, sql, params, Location::caller())
    }

    /// Runs one statement and gives the number of rows that it changed or found.
    ///
    /// # Errors
    /// As [`Execute::rows`].
    #[track_caller]
    fn affected<'e>(
        &'e self,
        sql: &'e Sql,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<u64, Error>> + Send + 'e {
        telemetry::affected(self, sql, params, Location::caller())
    }

    /// All rows, each read as `T`.
    ///
    /// # Errors
    /// As [`Execute::rows`]; [`Error::Column`] when a row is no `T`.
    #[track_caller]
    fn query<'e, T: FromRow + Send>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> BoxFuture<'e, Result<Vec<T>, Error>> {
        let (sql, caller) = (sql.into(), Location::caller());
        Box::pin(async move {
            telemetry::rows(self, &sql, params, caller).await?.iter().map(T::from_row).collect()
        })
    }

    /// The only row.
    ///
    /// # Errors
    /// [`Error::Rows`] when there is none or more than one.
    #[track_caller]
    fn query_one<'e, T: FromRow + Send>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> BoxFuture<'e, Result<T, Error>> {
        let (sql, caller) = (sql.into(), Location::caller());
        Box::pin(async move {
            match telemetry::rows(self, &sql, params, caller).await?.as_slice() {
                [row] => T::from_row(row),
                rows => Err(Error::Rows { wanted: "exactly one row", got: rows.len() }),
            }
        })
    }

    /// The only row, or nothing.
    ///
    /// # Errors
    /// [`Error::Rows`] when there is more than one.
    #[track_caller]
    fn query_opt<'e, T: FromRow + Send>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> BoxFuture<'e, Result<Option<T>, Error>> {
        let (sql, caller) = (sql.into(), Location::caller());
        Box::pin(async move {
            match telemetry::rows(self, &sql, params, caller).await?.as_slice() {
                [] => Ok(None),
                [row] => T::from_row(row).map(Some),
                rows => Err(Error::Rows { wanted: "at most one row", got: rows.len() }),
            }
        })
    }

    /// The first column of the only row.
    ///
    /// # Errors
    /// As [`Execute::query_one`].
    #[track_caller]
    fn query_value<'e, T: FromSqlOwned + Send>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> BoxFuture<'e, Result<T, Error>> {
        let (sql, caller) = (sql.into(), Location::caller());
        Box::pin(async move {
            match telemetry::rows(self, &sql, params, caller).await?.as_slice() {
                [row] => <(T,)>::from_row(row).map(|(value,)| value),
                rows => Err(Error::Rows { wanted: "exactly one row", got: rows.len() }),
            }
        })
    }

    /// Runs one statement and gives the number of rows that it changed or found.
    ///
    /// # Errors
    /// As [`Execute::rows`].
    #[track_caller]
    fn execute<'e>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> BoxFuture<'e, Result<u64, Error>> {
        let (sql, caller) = (sql.into(), Location::caller());
        Box::pin(async move { telemetry::affected(self, &sql, params, caller).await })
    }
}
