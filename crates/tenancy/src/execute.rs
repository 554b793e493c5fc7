//! What can run a statement: a tenant's handle, a transaction of it, and the handle for work across tenants.

use std::{future::Future, panic::Location};

use futures_util::future::BoxFuture;
use postgres_types::{FromSqlOwned, ToSql};

use crate::{Error, FromRow, Row, Sql, Tenancy, TenantId, telemetry};

/// A bound parameter.
///
/// ```
/// use freehold_tenancy::{Execute, Param};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let (from, like) = (2_i64, "%a%");
/// let params: Vec<Param<'_>> = vec![&from, &like];
/// let sql = "SELECT FROM notes WHERE id >= $1 AND body LIKE $2";
/// assert_eq!(db.tenant(&tenant).execute(sql, &params).await?, 2, "bread and tea");
/// # Ok(())
/// # });
/// ```
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
///
/// ```
/// use freehold_tenancy::{Error, Execute};
///
/// async fn count(by: &impl Execute) -> Result<i64, Error> {
///     by.query_value("SELECT count(*) FROM notes", &[]).await
/// }
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let acme = db.tenant(&tenant);
/// let tx = acme.begin().await?;
/// tx.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
/// assert_eq!((count(&tx).await?, count(&acme).await?), (2, 3));
/// tx.rollback().await?;
/// # Ok(())
/// # });
/// ```
pub trait Execute: Sealed + Sync {
    /// The tenant; `None` for work across tenants.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// fn is_across_tenants(by: &impl Execute) -> bool {
    ///     by.tenant_id().is_none()
    /// }
    /// ```
    fn tenant_id(&self) -> Option<&TenantId>;

    /// How tables tell tenants apart.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, Sql, quote_identifier};
    ///
    /// fn count_by_tenant(by: &impl Execute) -> Sql {
    ///     let column = quote_identifier(&by.tenancy().column);
    ///     Sql::vouched(format!("SELECT {column}::text, count(*) FROM notes GROUP BY 1"))
    /// }
    /// ```
    fn tenancy(&self) -> &Tenancy;

    /// Runs one statement and gives its rows.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let rows = db.tenant(&tenant).rows(&"SELECT id, body FROM notes ORDER BY id".into(), &[]).await?;
    /// assert_eq!(rows.len(), 3);
    /// assert_eq!(rows[0].get::<&str>("body")?, "milk");
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// use freehold_tenancy::{Execute, Sql};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let read = Sql::from("UPDATE notes SET body = 'read' WHERE id <= $1");
    /// assert_eq!(db.tenant(&tenant).affected(&read, &[&2_i64]).await?, 2);
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// use freehold_tenancy::{Execute, FromRow};
    ///
    /// #[derive(FromRow)]
    /// struct Note { id: i64, body: String }
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let sql = "SELECT id, body FROM notes WHERE id = ANY ($1) ORDER BY id";
    /// let notes: Vec<Note> = db.tenant(&tenant).query(sql, &[&vec![1_i64, 3]]).await?;
    /// assert_eq!(notes[1].body, "tea");
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant);
    /// let (id, body): (i64, String) = acme.query_one("SELECT id, body FROM notes WHERE id = 2", &[]).await?;
    /// assert_eq!((id, body.as_str()), (2, "bread"));
    /// let all = acme.query_one::<(i64,)>("SELECT id FROM notes", &[]).await;
    /// assert!(matches!(all, Err(Error::Rows { got: 3, .. })));
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let sql = "SELECT body FROM notes WHERE id = $1";
    /// let acme = db.tenant(&tenant);
    /// assert_eq!(acme.query_opt::<(String,)>(sql, &[&1_i64]).await?, Some(("milk".to_owned(),)));
    /// assert_eq!(acme.query_opt::<(String,)>(sql, &[&9_i64]).await?, None);
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant);
    /// let longest: i32 = acme.query_value("SELECT max(length(body)) FROM notes", &[]).await?;
    /// assert_eq!(longest, 5);
    /// // What may be NULL is read as an `Option`.
    /// let none: Option<i32> = acme.query_value("SELECT max(length(body)) FROM notes WHERE id > 9", &[]).await?;
    /// assert_eq!(none, None);
    /// # Ok(())
    /// # });
    /// ```
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
    /// ```
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant);
    /// assert_eq!(acme.execute("DELETE FROM notes WHERE id > $1", &[&1_i64]).await?, 2);
    /// // A single statement is in a transaction by itself; one that would end it is refused.
    /// assert!(matches!(acme.execute("COMMIT", &[]).await, Err(Error::Input { .. })));
    /// # Ok(())
    /// # });
    /// ```
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
