//! The connection of one transaction: what runs on it, and whether another transaction may have it afterwards.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deadpool_postgres::Client;
use tokio::task::JoinHandle;
use tokio_postgres::RowStream;

use super::{Shapes, Transaction, control, shapes::is_builtin};
use crate::{
    DatabaseError, Db, Error, Sql, SqlState,
    db::{ConnectOptions, Pool},
    execute::Param,
};

/// The end of a transaction, and with it of everything that a statement may have left in the session: settings, roles,
/// channels, session locks, cursors, temporary tables, the last values of sequences. What is put off until the end is
/// done first, for that may need the context.
macro_rules! ends {
    (commit $more:literal) => {
        concat!("SET CONSTRAINTS ALL IMMEDIATE; ", ends!(clean), $more, "COMMIT")
    };
    (rollback $more:literal) => {
        concat!("ROLLBACK; ", ends!(clean), $more)
    };
    (clean) => {
        "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); \
         CLOSE ALL; DISCARD TEMP; DISCARD SEQUENCES; "
    };
}

/// More prepared statements than this are not kept on one connection.
const MOST_STATEMENTS: usize = 500;

/// How long a request to cancel may take.
const CANCEL: Duration = Duration::from_secs(5);

pub(super) struct Link {
    /// `None` once it was given back.
    client: Option<Client>,
    connect: ConnectOptions,
    /// Whether statements stay prepared from one transaction to the next.
    pub(super) keeps_statements: bool,
    shapes: Arc<Shapes>,
    /// Nobody knows what it is doing: it is never used again.
    spoilt: AtomicBool,
    /// The driver prepared statements of its own, which a pooler loses.
    looked_up: AtomicBool,
    /// A request to cancel is on its way.
    cancelling: Mutex<Option<JoinHandle<()>>>,
    /// The transaction may succeed when it is begun again.
    conflict: AtomicBool,
}

impl Link {
    pub(super) fn new(client: Client, pool: &Pool, db: &Db) -> Self {
        if client.statement_cache.size() > MOST_STATEMENTS {
            client.statement_cache.clear();
        }
        Self {
            client: Some(client),
            connect: pool.connect.clone(),
            keeps_statements: db.0.pooler.keeps_statements(),
            shapes: db.0.shapes.clone(),
            spoilt: AtomicBool::new(false),
            looked_up: AtomicBool::new(false),
            cancelling: Mutex::new(None),
            conflict: AtomicBool::new(false),
        }
    }

    pub(super) fn client(&self) -> Result<&Client, Error> {
        if self.spoilt.load(Ordering::Relaxed) {
            let source = "a statement of this transaction was given up before its end, which ended all of it";
            return Err(Error::Lost { sent: false, source: Some(source.into()) });
        }
        self.client.as_ref().ok_or(Error::Lost { sent: false, source: None })
    }

    pub(super) fn commit(&self) -> &'static str {
        if self.looked_up.load(Ordering::Relaxed) {
            return ends!(commit "DEALLOCATE ALL; ");
        }
        ends!(commit "")
    }

    pub(super) fn rollback(&self) -> &'static str {
        if self.looked_up.load(Ordering::Relaxed) {
            return ends!(rollback "DEALLOCATE ALL; ");
        }
        ends!(rollback "")
    }

    /// The driver prepares a statement by itself, which a pooler loses.
    pub(super) fn driver_prepared(&self) {
        if !self.keeps_statements {
            self.looked_up.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a statement failed in a way that does not come again by itself.
    pub(super) fn has_conflict(&self) -> bool {
        self.conflict.load(Ordering::Relaxed)
    }

    pub(super) fn forget_conflict(&self) {
        self.conflict.store(false, Ordering::Relaxed);
    }

    /// Ends it clean: another transaction may have it.
    pub(super) fn give_back(mut self) {
        if self.spoilt.load(Ordering::Relaxed) || self.looked_up.load(Ordering::Relaxed) {
            return;
        }
        drop(self.client.take());
    }

    /// A piece of work begins. Unless it is told to be [`Running::over`], it was given up.
    pub(super) fn running(&self) -> Running<'_> {
        Running { link: self, over: false }
    }

    /// The connection is not used again, and the server is told to stop.
    pub(super) fn give_up(&self) {
        if self.spoilt.swap(true, Ordering::Relaxed) {
            return;
        }
        let (Some(client), Ok(runtime)) = (&self.client, tokio::runtime::Handle::try_current()) else {
            return;
        };
        let (token, connect) = (client.cancel_token(), self.connect.clone());
        // It hits no other statement, for this connection gets none any more.
        let sent =
            runtime.spawn(async move { drop(tokio::time::timeout(CANCEL, connect.cancel(token)).await) });
        if let Ok(mut cancelling) = self.cancelling.lock() {
            *cancelling = Some(sent);
        }
    }

    /// Sends a statement. Where a pooler keeps none prepared, its types are looked up once, and it goes unnamed.
    pub(super) async fn send(
        &self,
        transaction: &Transaction,
        sql: &Sql,
        params: &[Param<'_>],
    ) -> Result<Pin<Box<RowStream>>, Error> {
        control::refuse(sql)?;
        let client = self.client()?;
        let text = sql.as_str();
        if !self.keeps_statements
            && let Some(types) = self.shapes.of(sql)
        {
            counted(types.len(), params)?;
            let typed = params.iter().zip(types.iter()).map(|(param, ty)| (*param, ty.clone()));
            let sent = transaction.run(client.query_typed_raw(text, typed)).await;
            return sent.map(Box::pin).inspect_err(|_| self.shapes.forget(sql));
        }
        let statement = if self.keeps_statements && !sql.is_for_once() {
            transaction.run(client.prepare_cached(text)).await?
        } else {
            transaction.run(client.prepare(text)).await?
        };
        if !self.keeps_statements {
            let columns = statement.columns().iter().map(tokio_postgres::Column::type_);
            if statement.params().iter().chain(columns).all(is_builtin) {
                self.shapes.learn(sql, statement.params());
            } else {
                self.looked_up.store(true, Ordering::Relaxed);
            }
        }
        counted(statement.params().len(), params)?;
        transaction.run(client.query_raw(&statement, params.iter().copied())).await.map(Box::pin)
    }

    /// What an error means for this transaction. `over`: the caller's deadline has passed.
    pub(super) fn judge(&self, error: tokio_postgres::Error, over: bool) -> Error {
        let Some(refused) = error.as_db_error() else {
            return match Error::from(error) {
                // Nothing lasts before COMMIT.
                Error::Lost { source, .. } => {
                    self.spoilt.store(true, Ordering::Relaxed);
                    Error::Lost { sent: false, source }
                }
                other => other,
            };
        };
        // A plan was kept whose tables have changed since, or which is gone.
        let stale = refused.routine() == Some("RevalidateCachedQuery")
            || *refused.code() == tokio_postgres::error::SqlState::INVALID_SQL_STATEMENT_NAME;
        if stale && let Some(client) = &self.client {
            client.statement_cache.clear();
        }
        let refused = DatabaseError::from(refused);
        let state = refused.sqlstate();
        if stale || [SqlState::SERIALIZATION_FAILURE, SqlState::DEADLOCK_DETECTED].contains(&state) {
            self.conflict.store(true, Ordering::Relaxed);
        }
        if state == SqlState::QUERY_CANCELED && over {
            return Error::Deadline;
        }
        // The server goes down, or an operator ended the session.
        if state.code().starts_with("57P") {
            self.spoilt.store(true, Ordering::Relaxed);
            return Error::Lost { sent: false, source: Some(Box::new(refused)) };
        }
        Error::Database(Box::new(refused))
    }
}

fn counted(wanted: usize, params: &[Param<'_>]) -> Result<(), Error> {
    let given = params.len();
    if wanted == given { Ok(()) } else { Err(Error::ParameterCount { wanted, given }) }
}

/// A connection that was not given back is closed: by the server's own account its transaction ends with that.
impl Drop for Link {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let wrapper = Client::take(client);
        let cancelling = self.cancelling.lock().ok().and_then(|mut cancelling| cancelling.take());
        // A pooler forgets whose a request to cancel is as soon as the client is gone: that waits until the statement
        // has ended, which is when another one is answered.
        if let (Some(sent), Ok(runtime)) = (cancelling, tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                drop(sent.await);
                drop(tokio::time::timeout(CANCEL, wrapper.batch_execute("ROLLBACK")).await);
            });
        }
    }
}

pub(super) struct Running<'l> {
    link: &'l Link,
    over: bool,
}

impl Running<'_> {
    pub(super) fn over(mut self) {
        self.over = true;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.link.give_up();
        }
    }
}
