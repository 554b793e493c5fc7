//! The handle for work across tenants.

use std::sync::Arc;

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
#[derive(Clone, Debug)]
pub struct System {
    pub(crate) db: Db,
    pub(crate) context: Context,
    pub(crate) reason: &'static str,
}

impl System {
    /// Why it was asked for.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The same work, held to one tenant: as the other role, with that tenant's context.
    #[must_use]
    pub fn within_tenant(mut self, tenant: &TenantId) -> Self {
        self.context.tenant = Some(tenant.clone());
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

    /// The same handle, whose statements carry these tags in a comment.
    #[must_use]
    pub fn tagged(mut self, tags: Tags) -> Self {
        self.context.tags = Some(std::sync::Arc::new(tags));
        self
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
    /// As [`System::begin`].
    pub async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction, Error> {
        Transaction::begin(&self.db, self.context.clone(), options).await
    }

    /// Runs `work` in a transaction, as [`Tenant::transaction`](crate::Tenant::transaction) does.
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
