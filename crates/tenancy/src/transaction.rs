//! An explicit transaction of a tenant, on a connection of its own.

mod bulk;
mod control;
mod link;
mod options;
mod retry;
mod savepoint;
mod shapes;
mod stream;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future;
use postgres_types::Type;
use tokio::time::Instant;

use crate::{
    Db, Error, Execute, Row, Sql, Tenancy, TenantId,
    context::{Context, take_on},
    execute::{Param, Sealed},
    telemetry::Tags,
};
use link::Link;
use savepoint::Savepoints;

pub(crate) use bulk::CopyIn;
pub use options::{Isolation, TransactionOptions};
pub(crate) use retry::retried;
pub use savepoint::Savepoint;
pub(crate) use shapes::Shapes;
pub use stream::RowStream;

/// A transaction. Dropped without [`Transaction::commit`], it is rolled back and its connection is closed.
///
/// What its statements leave behind in the session (settings, temporary tables, session locks) ends with it, whichever
/// way it ends, so that nothing of one tenant reaches the next one on the same connection.
///
/// ```
/// use freehold_tenancy::Execute;
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let tx = acme.begin().await?;
/// tx.execute("UPDATE notes SET body = 'oat milk' WHERE id = $1", &[&1_i64]).await?;
/// tx.execute("DELETE FROM notes WHERE id = $1", &[&2_i64]).await?;
/// tx.commit().await?;
/// assert_eq!(acme.execute("SELECT FROM notes", &[]).await?, 2);
/// # Ok(())
/// # });
/// ```
pub struct Transaction {
    link: Link,
    context: Context,
    savepoints: Savepoints,
    /// Whether the server's own limit of time has to be set anew before the next statement.
    stale_limit: AtomicBool,
}

impl Transaction {
    pub(crate) async fn begin(db: &Db, context: Context, options: TransactionOptions) -> Result<Self, Error> {
        let pool = db.pool_for(&context).await?;
        let begin = options.begin(&context);
        match Self::begin_in(db, pool, context.clone(), begin).await {
            Err(error) => match db.instead_of(pool, &error) {
                Some(primary) => Self::begin_in(db, primary, context, begin).await,
                None => Err(error),
            },
            begun => begun,
        }
    }

    async fn begin_in(
        db: &Db,
        pool: &crate::db::Pool,
        context: Context,
        begin: &'static str,
    ) -> Result<Self, Error> {
        // A pool may hold connections that died with a server; nothing has been done yet, so another one will do.
        for _ in 0..pool.options.max {
            match Self::begin_on(db, pool, context.clone(), begin).await {
                Err(Error::Lost { sent: false, .. }) => {}
                outcome => return outcome,
            }
        }
        Self::begin_on(db, pool, context, begin).await
    }

    /// Begins a transaction on a connection of the role that copies, which takes on no other role.
    pub(crate) async fn begin_copying(
        db: &Db,
        context: &Context,
        pool: &crate::db::Pool,
    ) -> Result<Self, Error> {
        db.admit(context).await?;
        let context = Context { role: None, ..context.clone() };
        let begin = TransactionOptions::default().begin(&context);
        Self::begin_on(db, pool, context, begin).await
    }

    async fn begin_on(
        db: &Db,
        pool: &crate::db::Pool,
        context: Context,
        begin: &'static str,
    ) -> Result<Self, Error> {
        let told = context.clone();
        let settings = told.all_settings()?;
        // From here on the connection is this value's: whatever happens, it does not go back as it is.
        let link = Link::new(pool.get().await?, pool, db);
        let transaction =
            Self { link, context, savepoints: Savepoints::default(), stale_limit: AtomicBool::new(false) };
        let (sql, params) = (take_on(settings.len()), bound(&settings));
        let client = transaction.link.client()?;
        if settings.is_empty() {
            transaction.run(client.batch_execute(begin)).await?;
            return Ok(transaction);
        }
        // Both are on their way before the first answer comes: `join` asks the first one first.
        if transaction.link.keeps_statements {
            let work = async {
                let statement = client.prepare_cached(sql.as_str()).await?;
                future::try_join(client.batch_execute(begin), client.query(&statement, &params)).await
            };
            transaction.run(work).await?;
        } else {
            let typed: Vec<_> = params.iter().map(|param| (*param, Type::TEXT)).collect();
            let told = client.query_typed(sql.as_str(), &typed);
            transaction.run(future::try_join(client.batch_execute(begin), told)).await?;
        }
        Ok(transaction)
    }

    /// Makes everything that was done in it last.
    ///
    /// ```
    /// use freehold_tenancy::{Error, Execute};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let tx = acme.begin().await?;
    /// tx.execute("DELETE FROM notes", &[]).await?;
    /// assert!(tx.execute("SELECT 1 / 0", &[]).await.is_err());
    /// // What failed in between can't be committed, and nothing of it lasts.
    /// assert!(matches!(tx.commit().await, Err(Error::Database(_))));
    /// assert_eq!(acme.execute("SELECT FROM notes", &[]).await?, 3);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Database`] when a constraint that was put off is violated, or a statement before had failed: then nothing
    /// of it lasts. [`Error::Lost`] and [`Error::Deadline`] when nobody knows whether it lasts.
    pub async fn commit(self) -> Result<(), Error> {
        self.end_savepoints().await?;
        let client = self.link.client()?;
        let committed = self.run(client.batch_execute(self.link.commit())).await;
        match committed {
            Ok(()) => self.link.give_back(),
            Err(Error::Lost { source, .. }) => return Err(Error::Lost { sent: true, source }),
            Err(Error::Database(error)) => {
                self.rollback().await?;
                return Err(Error::Database(error));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Takes everything back that was done in it.
    ///
    /// ```
    /// use freehold_tenancy::Execute;
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let tx = acme.begin().await?;
    /// tx.execute("DELETE FROM notes", &[]).await?;
    /// tx.rollback().await?;
    /// assert_eq!(acme.execute("SELECT FROM notes", &[]).await?, 3);
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Error::Lost`] when the connection is lost; then the server takes it back.
    pub async fn rollback(self) -> Result<(), Error> {
        let client = self.link.client()?;
        self.run(client.batch_execute(self.link.rollback())).await?;
        self.link.give_back();
        Ok(())
    }

    /// Waits for a piece of work on the connection, until the deadline. Dropped before its end, it spoils the
    /// connection, and the server is told to stop.
    async fn run<T>(&self, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Error> {
        let limit = self.limit()?;
        let running = self.link.running();
        let outcome = match limit {
            None => work.await,
            Some(at) => match tokio::time::timeout_at(at, work).await {
                Ok(outcome) => outcome,
                // `running` is dropped on the way out, which tells the server to stop.
                Err(_) => return Err(Error::Deadline),
            },
        };
        running.over();
        outcome.map_err(|error| self.judge(error))
    }

    fn judge(&self, error: tokio_postgres::Error) -> Error {
        self.link.judge(error, self.context.is_over())
    }

    /// When the caller no longer waits: at the deadline, or when the server should have stopped by itself.
    fn limit(&self) -> Result<Option<Instant>, Error> {
        self.context.time_left()?;
        let by_server = || {
            let timeout = self.context.statement_timeout?;
            Instant::now().checked_add(timeout + Duration::from_secs(1))
        };
        Ok(self.context.deadline.or_else(by_server))
    }

    /// The server's own limit for the next statement, where the one that it has is too long by now.
    fn new_limit(&self) -> Result<Option<String>, Error> {
        if self.context.deadline.is_none() || !self.stale_limit.swap(true, Ordering::Relaxed) {
            return Ok(None);
        }
        Ok(self.context.longest()?.map(|longest| longest.as_millis().max(1).to_string()))
    }

    /// Sends a statement and gives its answer as it comes.
    async fn send(
        &self,
        sql: &Sql,
        params: &[Param<'_>],
    ) -> Result<std::pin::Pin<Box<tokio_postgres::RowStream>>, Error> {
        let client = self.link.client()?;
        let limit = self.new_limit()?;
        let settings: Vec<_> =
            limit.into_iter().map(|limit| ("statement_timeout".to_owned(), limit)).collect();
        if settings.is_empty() {
            return self.link.send(self, sql, params).await;
        }
        let (told, typed) = (bound(&settings), [Type::TEXT, Type::TEXT]);
        let typed: Vec<_> = told.iter().copied().zip(typed).collect();
        let take_on = take_on(1);
        let tell = self.run(client.query_typed(take_on.as_str(), &typed));
        let (told, sent) = future::join(tell, self.link.send(self, sql, params)).await;
        told.and(sent)
    }
}

/// Names and values in turn, as [`take_on`] binds them.
fn bound<T: postgres_types::ToSql + Sync>(settings: &[(T, T)]) -> Vec<Param<'_>> {
    settings.iter().flat_map(|(name, value)| [name as Param<'_>, value]).collect()
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
            settings.iter().flat_map(|(name, value)| [name as Param<'_>, value]).collect();
        let savepoint = self.save().await?;
        self.send_rows(&take_on(settings.len()), &told).await?;
        let rows = self.rows(sql, params).await;
        if !matches!(rows, Err(Error::Lost { .. } | Error::Deadline)) {
            savepoint.rollback().await?;
        }
        rows
    }

    async fn send_rows<'e>(&'e self, sql: &'e Sql, params: &'e [Param<'e>]) -> Result<Vec<Row>, Error> {
        self.end_savepoints().await?;
        let mut rows = self.send(sql, params).await?;
        self.run(stream::all(&mut rows)).await
    }

    async fn send_affected<'e>(&'e self, sql: &'e Sql, params: &'e [Param<'e>]) -> Result<u64, Error> {
        self.end_savepoints().await?;
        let mut rows = self.send(sql, params).await?;
        self.run(stream::all(&mut rows)).await?;
        Ok(rows.rows_affected().unwrap_or(0))
    }

    fn tags(&self) -> Option<&Tags> {
        self.context.tags.as_deref()
    }
}
