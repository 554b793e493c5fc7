//! The handle for work across tenants.

use std::{panic::Location, sync::Arc};

use crate::{
    Db, Error, Execute, FromRow, Row, RowStream, Sql, Tenancy, TenantId, Transaction, TransactionOptions,
    audit::Actor,
    context::Context,
    execute::{Param, Sealed},
    telemetry::Tags,
    transaction::retried,
    wire,
};

/// A piece of work across tenants, as the log and [`DbBuilder::on_system_work`](crate::DbBuilder::on_system_work) see it.
///
/// ```
/// use freehold_tenancy::{Db, SystemWork};
///
/// let builder = Db::builder("postgres://app_writer@db.internal/app")
///     .on_system_work(|work: &SystemWork| println!("{}: {} as {}", work.at, work.reason, work.role));
/// # drop(builder);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemWork {
    /// Why.
    pub reason: &'static str,
    /// As which role.
    pub role: String,
    /// When its handle was asked for.
    pub at: jiff::Timestamp,
}

/// Work across tenants, such as a nightly roll-up. It has a reason, which is logged, and a role of its own.
///
/// ```
/// use freehold_tenancy::Execute;
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let _ = tenant;
/// let system = db.system("nightly roll-up")?;
/// let sql = "SELECT count(*) FROM notes GROUP BY tenant_id ORDER BY 1";
/// let counts: Vec<(i64,)> = system.query(sql, &[]).await?;
/// assert_eq!(counts, [(1,), (3,)]);
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct System {
    pub(crate) db: Db,
    pub(crate) context: Context,
    pub(crate) reason: &'static str,
}

impl System {
    /// Why it was asked for.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let _ = tenant;
    /// assert_eq!(db.system("nightly roll-up")?.reason(), "nightly roll-up");
    /// # Ok(())
    /// # });
    /// ```
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The same work, held to one tenant: as the other role, with that tenant's context.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let system = db.system("a support request")?.within_tenant(&tenant);
    /// let sql = "SELECT current_setting('app.current_tenant_id'), current_user::text";
    /// let (told, role): (String, String) = system.query_one(sql, &[]).await?;
    /// assert_eq!(told, tenant.to_string());
    /// // A role with BYPASSRLS still sees all rows: the statement has to name the tenant.
    /// assert_eq!(role, "app_system");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn within_tenant(mut self, tenant: &TenantId) -> Self {
        self.context.tenant = Some(tenant.clone());
        self
    }

    /// The same handle; each of its transactions sees the database as it was at one moment (REPEATABLE READ).
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let _ = tenant;
    /// let tx = db.system("a report that has to add up")?.snapshot().begin().await?;
    /// let level: String = tx.query_value("SHOW transaction_isolation", &[]).await?;
    /// assert_eq!(level, "repeatable read");
    /// tx.rollback().await?;
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn snapshot(mut self) -> Self {
        self.context.snapshot = true;
        self
    }

    /// The same handle; what it writes is written in the name of `actor`, as the [`audit`](crate::audit) trail records
    /// it.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, audit::Actor};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let _ = tenant;
    /// let system = db.system("a support request")?.acting_as(&Actor::user("support-7")?);
    /// let user: String = system.query_value("SELECT current_setting('app.current_user_id')", &[]).await?;
    /// assert_eq!(user, "support-7");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn acting_as(mut self, actor: &Actor) -> Self {
        actor.put_into(&mut self.context.settings);
        self
    }

    /// The same handle, whose statements carry these tags in a comment.
    ///
    /// ```
    /// use freehold_tenancy::{Db, Error, System, telemetry::Tags};
    ///
    /// fn roll_up(db: &Db) -> Result<System, Error> {
    ///     Ok(db.system("nightly roll-up")?.tagged(Tags::new().with("job", "roll-up")))
    /// }
    /// ```
    #[must_use]
    pub fn tagged(mut self, tags: Tags) -> Self {
        self.context.tags = Some(std::sync::Arc::new(tags));
        self
    }

    /// Begins a transaction. Dropped without [`Transaction::commit`], it is rolled back.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let _ = tenant;
    /// let tx = db.system("clearing what was deleted")?.begin().await?;
    /// assert_eq!(tx.execute("DELETE FROM notes", &[]).await?, 4);
    /// tx.commit().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error`], when no connection can be had or the server refuses.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_with(TransactionOptions::default()).await
    }

    /// Begins a transaction of some kind.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, TransactionOptions};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let _ = tenant;
    /// // A long report that disturbs nobody and can't fail half-way.
    /// let tx = db.system("yearly report")?.begin_with(TransactionOptions::default().deferrable()).await?;
    /// assert_eq!(tx.execute("SELECT FROM notes", &[]).await?, 4);
    /// tx.commit().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`System::begin`].
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction, Error> {
        Transaction::begin(&self.db, self.context.clone(), options).await
    }

    /// Runs `work` in a transaction, as [`Tenant::transaction`](crate::Tenant::transaction) does.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let _ = tenant;
    /// let gone = db
    ///     .system("clearing what was deleted")?
    ///     .transaction(|tx| async move { tx.execute("DELETE FROM notes WHERE id = 1", &[]).await })
    ///     .await?;
    /// assert_eq!(gone, 2);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// What `work` gave, or why the transaction could not be begun or committed.
    pub async fn transaction<T, E, F, W>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Arc<Transaction>) -> W,
        W: Future<Output = Result<T, E>>,
        E: From<Error>,
    {
        retried(&self.db, &self.context, TransactionOptions::default(), work).await
    }

    /// Runs a statement whose answer may be too large to be held at once, on a connection of its own.
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let _ = tenant;
    /// let system = db.system("exporting")?;
    /// let ids = system.stream::<(i64,)>("SELECT id FROM notes ORDER BY id", &[]).await?;
    /// assert_eq!(ids.try_collect::<Vec<_>>().await?, [(1,), (1,), (2,), (3,)]);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error`], when no connection can be had or the server refuses; the stream gives those that come later.
    #[track_caller]
    pub fn stream<T: FromRow>(
        &self,
        sql: impl Into<Sql>,
        params: &[Param<'_>],
    ) -> impl Future<Output = Result<RowStream<T>, Error>> + Send {
        let (sql, site) = (sql.into(), Location::caller());
        async move { RowStream::begin(self, &self.db, &self.context, &sql, params, site).await }
    }
}

impl Execute for System {
    fn tenant_id(&self) -> Option<&TenantId> {
        self.context.tenant.as_ref()
    }

    fn tenancy(&self) -> &Tenancy {
        &self.context.tenancy
    }
}

impl Sealed for System {
    async fn read_with<'e>(
        &'e self,
        settings: &'e [(&'static str, String)],
        sql: &'e Sql,
        params: &'e [Param<'e>],
    ) -> Result<Vec<Row>, Error> {
        let mut told = self.clone();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        told.context.settings.extend(settings);
        told.rows(sql, params).await
    }

    async fn send_rows<'e>(&'e self, sql: &'e Sql, params: &'e [Param<'e>]) -> Result<Vec<Row>, Error> {
        wire::rows(&self.db, &self.context, sql, params).await
    }

    async fn send_affected<'e>(&'e self, sql: &'e Sql, params: &'e [Param<'e>]) -> Result<u64, Error> {
        wire::affected(&self.db, &self.context, sql, params).await
    }

    fn tags(&self) -> Option<&Tags> {
        self.context.tags.as_deref()
    }
}
