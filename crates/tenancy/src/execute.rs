//! What can run a statement: a tenant's handle, a transaction of it, and the handle for work across tenants.

use std::future::Future;

use postgres_types::{FromSqlOwned, ToSql};

use crate::{Error, FromRow, Row, Sql, Tenancy, TenantId};

/// A bound parameter.
pub type Param<'p> = &'p (dyn ToSql + Sync);

mod sealed {
    use std::future::Future;

    use crate::{Error, Row, Sql, execute::Param};

    /// Only this crate decides what carries a tenant.
    pub trait Sealed {
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
pub trait Execute: Sealed + Sync {
    /// The tenant; `None` for work across tenants.
    fn tenant_id(&self) -> Option<&TenantId>;

    /// How tables tell tenants apart.
    fn tenancy(&self) -> &Tenancy;

    /// Runs one statement and gives its rows.
    ///
    /// # Errors
    /// [`Error`], by what went wrong.
    fn rows<'e>(
        &'e self,
        sql: &'e Sql,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send + 'e;

    /// Runs one statement and gives the number of rows that it changed or found.
    ///
    /// # Errors
    /// As [`Execute::rows`].
    fn affected<'e>(
        &'e self,
        sql: &'e Sql,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<u64, Error>> + Send + 'e;

    /// All rows, each read as `T`.
    ///
    /// # Errors
    /// As [`Execute::rows`]; [`Error::Column`] when a row is no `T`.
    fn query<'e, T: FromRow + Send>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<Vec<T>, Error>> + Send + 'e {
        let sql = sql.into();
        async move { self.rows(&sql, params).await?.iter().map(T::from_row).collect() }
    }

    /// The only row.
    ///
    /// # Errors
    /// [`Error::Rows`] when there is none or more than one.
    fn query_one<'e, T: FromRow + Send>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<T, Error>> + Send + 'e {
        let sql = sql.into();
        async move {
            match self.rows(&sql, params).await?.as_slice() {
                [row] => T::from_row(row),
                rows => Err(Error::Rows { wanted: "exactly one row", got: rows.len() }),
            }
        }
    }

    /// The only row, or nothing.
    ///
    /// # Errors
    /// [`Error::Rows`] when there is more than one.
    fn query_opt<'e, T: FromRow + Send>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<Option<T>, Error>> + Send + 'e {
        let sql = sql.into();
        async move {
            match self.rows(&sql, params).await?.as_slice() {
                [] => Ok(None),
                [row] => T::from_row(row).map(Some),
                rows => Err(Error::Rows { wanted: "at most one row", got: rows.len() }),
            }
        }
    }

    /// The first column of the only row.
    ///
    /// # Errors
    /// As [`Execute::query_one`].
    fn query_value<'e, T: FromSqlOwned + Send>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<T, Error>> + Send + 'e {
        let sql = sql.into();
        async move { self.query_one::<(T,)>(sql, params).await.map(|(value,)| value) }
    }

    /// Runs one statement and gives the number of rows that it changed or found.
    ///
    /// # Errors
    /// As [`Execute::rows`].
    fn execute<'e>(
        &'e self,
        sql: impl Into<Sql> + Send + 'e,
        params: &'e [Param<'e>],
    ) -> impl Future<Output = Result<u64, Error>> + Send + 'e {
        let sql = sql.into();
        async move { self.affected(&sql, params).await }
    }
}
