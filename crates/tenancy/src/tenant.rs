//! The handle of one tenant.

use std::{sync::Arc, time::Duration};

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
#[derive(Clone, Debug)]
pub struct Tenant {
    pub(crate) db: Db,
    pub(crate) context: Context,
}

impl Tenant {
    /// Whose handle it is.
    pub fn id(&self) -> Option<&TenantId> {
        self.context.tenant.as_ref()
    }

    /// The database that it belongs to.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The same handle; its statements are given up when this time is over, by the server too.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.context.deadline = Instant::now().checked_add(time);
        self
    }

    /// The same handle, which may only read; a replica may answer.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.context.read_only = true;
        self
    }

    /// The same handle; each of its transactions sees the database as it was at one moment (REPEATABLE READ).
    #[must_use]
    pub fn snapshot(mut self) -> Self {
        self.context.snapshot = true;
        self
    }

    /// The same handle; what it writes is written in the name of `actor`, as the [`audit`](crate::audit) trail records
    /// it.
    #[must_use]
    pub fn acting_as(mut self, actor: &Actor) -> Self {
        actor.put_into(&mut self.context.settings);
        self
    }

    /// The same handle; each of its transactions takes on a setting of the application's own as well, such as
    /// `app.current_user_id` for an audit trigger.
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
    #[must_use]
    pub fn tagged(mut self, tags: Tags) -> Self {
        self.context.tags = Some(std::sync::Arc::new(tags));
        self
    }

    /// Several statements that travel together, in one transaction and one round trip.
    pub fn batch(&self) -> Batch<'_> {
        Batch::of(self)
    }

    /// Begins a transaction. Dropped without [`Transaction::commit`], it is rolled back.
    ///
    /// # Errors
    /// [`Error`], when no connection can be had or the server refuses.
    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_with(TransactionOptions::default()).await
    }

    /// Begins a transaction of some kind.
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
    /// ```no_run
    /// use freehold_tenancy::{Error, Execute, Tenant};
    ///
    /// # async fn pay(tenant: &Tenant, from: i64, to: i64) -> Result<(), Error> {
    /// tenant
    ///     .transaction(|tx| async move {
    ///         tx.execute("UPDATE accounts SET cents = cents - 100 WHERE id = $1", &[&from]).await?;
    ///         tx.execute("UPDATE accounts SET cents = cents + 100 WHERE id = $1", &[&to]).await?;
    ///         Ok(())
    ///     })
    ///     .await
    /// # }
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
    /// # Errors
    /// [`Error`], when no connection can be had or the server refuses; the stream gives those that come later.
    pub async fn stream<T: FromRow>(
        &self,
        sql: impl Into<Sql>,
        params: &[Param<'_>],
    ) -> Result<RowStream<T>, Error> {
        RowStream::begin(&self.db, self.context.clone(), sql.into(), params).await
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
