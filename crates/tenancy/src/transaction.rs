//! An explicit transaction of a tenant, on a connection of its own.

use deadpool_postgres::Client;
use futures_util::future;
use postgres_types::ToSql;

use crate::{
    Db, Error, Execute, Row, Sql, Tenancy, TenantId,
    context::{Context, take_on},
    execute::{Param, Sealed},
    telemetry::Tags,
};

/// A transaction. Dropped without [`Transaction::commit`], it is rolled back and its connection is closed.
pub struct Transaction {
    /// `None` once it was committed or rolled back.
    client: Option<Client>,
    context: Context,
}

impl Transaction {
    pub(crate) async fn begin(db: &Db, context: Context) -> Result<Self, Error> {
        let settings = context.all_settings()?;
        // From here on the connection is this value's: whatever happens, it does not go back as it is.
        let transaction = Self { client: Some(db.pool_for(&context)?.get().await?), context };
        let client = transaction.client()?;
        let sql = take_on(settings.len());
        let params: Vec<Param<'_>> =
            settings.iter().flat_map(|(name, value)| [name as &(dyn ToSql + Sync), value]).collect();
        let statement = client.prepare_cached(sql.as_str()).await?;
        let begin = match (transaction.context.snapshot, transaction.context.read_only) {
            (false, false) => "BEGIN",
            (false, true) => "BEGIN READ ONLY",
            (true, false) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            (true, true) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        let (begun, told) =
            future::join(client.batch_execute(begin), client.query(&statement, &params)).await;
        begun?;
        told?;
        Ok(transaction)
    }

    fn client(&self) -> Result<&Client, Error> {
        self.client.as_ref().ok_or(Error::Lost { sent: false, source: None })
    }

    /// Makes everything that was done in it last.
    ///
    /// # Errors
    /// [`Error`], when a deferred constraint is violated or the connection is lost.
    pub async fn commit(mut self) -> Result<(), Error> {
        self.client()?.batch_execute("COMMIT").await?;
        drop(self.client.take());
        Ok(())
    }

    /// Takes everything back that was done in it.
    ///
    /// # Errors
    /// [`Error::Lost`] when the connection is lost; then the server takes it back.
    pub async fn rollback(mut self) -> Result<(), Error> {
        self.client()?.batch_execute("ROLLBACK").await?;
        drop(self.client.take());
        Ok(())
    }
}

/// A text that will not come again is not kept prepared.
async fn prepare(client: &Client, sql: &Sql) -> Result<tokio_postgres::Statement, Error> {
    if sql.is_for_once() {
        return Ok(client.prepare(sql.as_str()).await?);
    }
    Ok(client.prepare_cached(sql.as_str()).await?)
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Client::take(client));
        }
    }
}

impl std::fmt::Debug for Transaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").field("context", &self.context).finish_non_exhaustive()
    }
}

impl Execute for Transaction {
    fn tenant_id(&self) -> Option<&TenantId> {
        self.context.tenant.as_ref()
    }

    fn tenancy(&self) -> &Tenancy {
        &self.context.tenancy
    }
}

impl Sealed for Transaction {
    /// What a savepoint's rollback takes back is, for a statement that only reads, the settings alone.
    async fn read_with<'e>(
        &'e self,
        settings: &'e [(&'static str, String)],
        sql: &'e Sql,
        params: &'e [Param<'e>],
    ) -> Result<Vec<Row>, Error> {
        let told: Vec<Param<'_>> =
            settings.iter().flat_map(|(name, value)| [name as &(dyn ToSql + Sync), value]).collect();
        self.send_affected(&Sql::from("SAVEPOINT freehold_read_with"), &[]).await?;
        self.send_rows(&take_on(settings.len()), &told).await?;
        let rows = self.rows(sql, params).await;
        if !matches!(rows, Err(Error::Lost { .. })) {
            self.send_affected(&Sql::from("ROLLBACK TO SAVEPOINT freehold_read_with"), &[]).await?;
            self.send_affected(&Sql::from("RELEASE SAVEPOINT freehold_read_with"), &[]).await?;
        }
        rows
    }

    async fn send_rows<'e>(&'e self, sql: &'e Sql, params: &'e [Param<'e>]) -> Result<Vec<Row>, Error> {
        let client = self.client()?;
        let statement = prepare(client, sql).await?;
        Ok(client.query(&statement, params).await?.into_iter().map(Row::from).collect())
    }

    async fn send_affected<'e>(&'e self, sql: &'e Sql, params: &'e [Param<'e>]) -> Result<u64, Error> {
        let client = self.client()?;
        let statement = prepare(client, sql).await?;
        Ok(client.execute(&statement, params).await?)
    }

    fn tags(&self) -> Option<&Tags> {
        self.context.tags.as_deref()
    }
}
