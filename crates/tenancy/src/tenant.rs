//! The handle of one tenant.

use std::{panic::Location, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    Db, Error, Execute, FromRow, Row, RowStream, Sql, Tenancy, TenantId, Transaction, TransactionOptions,
    audit::Actor,
    context::Context,
    execute::{Param, Sealed},
    telemetry::Tags,
    transaction::retried,
    wire::{self, Batch},
};

/// Everything that is asked through this is asked within one tenant. Cheap to clone.
///
/// ```
/// use freehold_tenancy::Execute;
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let acme = db.tenant(&tenant);
/// acme.execute("INSERT INTO notes (tenant_id, id, body) VALUES ($1, 4, 'salt')", &[&tenant]).await?;
/// let last: Vec<(String,)> = acme.query("SELECT body FROM notes WHERE id > $1 ORDER BY id", &[&2_i64]).await?;
/// assert_eq!(last, [("tea".to_owned(),), ("salt".to_owned(),)]);
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Tenant {
    pub(crate) db: Db,
    pub(crate) context: Context,
}

impl Tenant {
    /// Whose handle it is.
    ///
    /// ```
    /// use freehold_tenancy::Tenant;
    ///
    /// fn line_for_the_log(tenant: &Tenant) -> String {
    ///     tenant.id().map_or("nobody".to_owned(), |id| id.hash_for_logs())
    /// }
    /// ```
    pub fn id(&self) -> Option<&TenantId> {
        self.context.tenant.as_ref()
    }

    /// The database that it belongs to.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant);
    /// // Another handle of the same tenant, without what this one was told.
    /// let plain = acme.db().tenant(&tenant);
    /// assert_eq!(plain.id(), acme.id());
    /// # Ok(())
    /// # });
    /// ```
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The same handle; its statements are given up when this time is over, by the server too.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let hurried = db.tenant(&tenant).within(Duration::from_millis(50));
    /// assert!(matches!(hurried.execute("SELECT pg_sleep(60)", &[]).await, Err(Error::Deadline)));
    /// // The time is the handle's, not each statement's.
    /// assert!(matches!(hurried.execute("SELECT 1", &[]).await, Err(Error::Deadline)));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.context.deadline = Instant::now().checked_add(time);
        self
    }

    /// The same handle, which may only read; a replica may answer.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let refused = db.tenant(&tenant).read_only().execute("DELETE FROM notes", &[]).await.unwrap_err();
    /// assert_eq!(refused.sqlstate().as_ref().map(|state| state.code()), Some("25006"));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.context.read_only = true;
        self
    }

    /// The same handle; each of its transactions sees the database as it was at one moment (REPEATABLE READ).
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant);
    /// let tx = acme.clone().snapshot().begin().await?;
    /// assert_eq!(tx.execute("SELECT FROM notes", &[]).await?, 3);
    /// acme.execute("DELETE FROM notes", &[]).await?;
    /// assert_eq!(tx.execute("SELECT FROM notes", &[]).await?, 3, "as it was at first");
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
    /// let acme = db.tenant(&tenant).acting_as(&Actor::user("ada@example.org")?);
    /// let user: String = acme.query_value("SELECT current_setting('app.current_user_id')", &[]).await?;
    /// assert_eq!(user, "ada@example.org");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn acting_as(mut self, actor: &Actor) -> Self {
        actor.put_into(&mut self.context.settings);
        self
    }

    /// The same handle; each of its transactions takes on a setting of the application's own as well, such as
    /// `app.current_user_id` for an audit trigger.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant).with_setting("app.locale", "de-AT")?;
    /// let locale: String = acme.query_value("SELECT current_setting('app.locale')", &[]).await?;
    /// assert_eq!(locale, "de-AT");
    /// assert!(acme.clone().with_setting("app.current_tenant_id", "another").is_err());
    /// assert!(acme.with_setting("work_mem", "1GB").is_err());
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Input`] when the name has no dot in it (the server's own settings are not the application's to set), is the
    /// setting that holds the tenant, or the value holds a NUL byte.
    pub fn with_setting(mut self, name: &'static str, value: &str) -> Result<Self, Error> {
        let refused = |why: &str| Err(Error::Input { what: "taking on a setting", why: why.to_owned() });
        if !name.contains('.') {
            return refused("the server's own settings are not the application's to set");
        }
        if name.eq_ignore_ascii_case(&self.context.tenancy.setting) {
            return refused("the tenant is taken on by Db::tenant alone");
        }
        if value.contains('\0') {
            return refused("the value holds a NUL byte");
        }
        self.context.settings.retain(|(known, _)| known != name);
        self.context.settings.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// The same handle, whose statements carry these tags in a comment.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, telemetry::Tags};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant).tagged(Tags::new().with("route", "notes"));
    /// let sql = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    /// let seen: String = acme.query_value(sql, &[]).await?;
    /// assert!(seen.ends_with("/*route='notes'*/"));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn tagged(mut self, tags: Tags) -> Self {
        self.context.tags = Some(std::sync::Arc::new(tags));
        self
    }

    /// Several statements that travel together, in one transaction and one round trip.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant);
    /// let answers = acme.batch().add("SELECT 1", &[]).add("DELETE FROM notes", &[]).send().await?;
    /// assert_eq!(answers[1].affected(), 3);
    /// # Ok(())
    /// # });
    /// ```
    pub fn batch(&self) -> Batch<'_> {
        Batch::of(self)
    }

    /// Begins a transaction. Dropped without [`Transaction::commit`], it is rolled back.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let acme = db.tenant(&tenant);
    /// let tx = acme.begin().await?;
    /// tx.execute("DELETE FROM notes", &[]).await?;
    /// drop(tx);
    /// assert_eq!(acme.execute("SELECT FROM notes", &[]).await?, 3, "nothing was committed");
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
    /// let tx = db.tenant(&tenant).begin_with(TransactionOptions::default().read_only()).await?;
    /// assert!(tx.execute("DELETE FROM notes", &[]).await.is_err());
    /// tx.rollback().await?;
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Tenant::begin`].
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction, Error> {
        Transaction::begin(&self.db, self.context.clone(), options).await
    }

    /// Runs `work` in a transaction, commits it when `work` succeeds, and begins anew after a serialisation failure or
    /// a deadlock, at most as often as [`DbBuilder::attempts`](crate::DbBuilder::attempts) says. `work` may therefore run
    /// more than once: what it does outside of the database, it does more than once. Bind what it needs to references
    /// before, since `async move` takes what it names. All clones of the transaction have to be gone when it is done.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let moved = acme
    ///     .transaction(|tx| async move {
    ///         let gone = tx.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
    ///         tx.execute("UPDATE notes SET body = 'milk and bread' WHERE id = 2", &[]).await?;
    ///         Ok::<_, Error>(gone)
    ///     })
    ///     .await?;
    /// assert_eq!(moved, 1);
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
        self.transaction_with(TransactionOptions::default(), work).await
    }

    /// As [`Tenant::transaction`], with a transaction of some kind.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute, Isolation, TransactionOptions};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let options = TransactionOptions::default().isolation(Isolation::Serializable);
    /// let next: i64 = acme
    ///     .transaction_with(options, |tx| async move {
    ///         let next: i64 = tx.query_value("SELECT max(id) + 1 FROM notes", &[]).await?;
    ///         let tenant = tx.tenant_id().cloned();
    ///         tx.execute("INSERT INTO notes (tenant_id, id) VALUES ($1, $2)", &[&tenant, &next]).await?;
    ///         Ok::<_, Error>(next)
    ///     })
    ///     .await?;
    /// assert_eq!(next, 4);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// As [`Tenant::transaction`].
    pub async fn transaction_with<T, E, F, W>(&self, options: TransactionOptions, work: F) -> Result<T, E>
    where
        F: Fn(Arc<Transaction>) -> W,
        W: Future<Output = Result<T, E>>,
        E: From<Error>,
    {
        retried(&self.db, &self.context, options, work).await
    }

    /// Runs a statement whose answer may be too large to be held at once, on a connection of its own.
    ///
    /// ```
    /// use futures_util::TryStreamExt;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// let sql = "SELECT id, body FROM notes ORDER BY id";
    /// let mut notes = db.tenant(&tenant).stream::<(i64, String)>(sql, &[]).await?;
    /// assert_eq!(notes.try_next().await?, Some((1, "milk".to_owned())));
    /// // Dropped here: the server is told that the rest is not wanted.
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

impl Execute for Tenant {
    fn tenant_id(&self) -> Option<&TenantId> {
        self.context.tenant.as_ref()
    }

    fn tenancy(&self) -> &Tenancy {
        &self.context.tenancy
    }
}

impl Sealed for Tenant {
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
