//! Answers that are too large to be held at once.

use std::{
    marker::PhantomData,
    panic::Location,
    pin::Pin,
    task::{Context as Waker, Poll, ready},
};

use futures_util::{FutureExt, Stream, StreamExt, future::BoxFuture};
use tokio::time::Sleep;

use super::{Transaction, TransactionOptions};
use crate::{Db, Error, Execute, FromRow, Row, Sql, context::Context, execute::Param, telemetry::Watch};

/// The rest of an answer.
pub(super) async fn all(
    rows: &mut Pin<Box<tokio_postgres::RowStream>>,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let mut all = Vec::new();
    while let Some(row) = rows.next().await {
        all.push(Row::from(row?));
    }
    Ok(all)
}

/// The rows of an answer as they come, in a transaction of their own, which is committed after the last one. Memory does
/// not grow with the answer: the server waits until rows are taken. Dropped before its end, the server is told to stop
/// and the connection is closed.
///
/// ```
/// use futures_util::TryStreamExt;
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let mut notes = acme.stream::<(i64, String)>("SELECT id, body FROM notes ORDER BY id", &[]).await?;
/// let mut export = String::new();
/// while let Some((id, body)) = notes.try_next().await? {
///     export += &format!("{id},{body}\n");
/// }
/// assert_eq!(export, "1,milk\n2,bread\n3,tea\n");
/// # Ok(())
/// # });
/// ```
#[must_use = "rows come when they are asked for"]
pub struct RowStream<T> {
    state: State,
    /// Until the end is told.
    watch: Option<Watch>,
    /// So many rows were given.
    given: u64,
    rows: PhantomData<fn() -> T>,
}

enum State {
    Rows(Box<Coming>),
    Committing(BoxFuture<'static, Result<(), Error>>),
    Over,
}

/// An answer that is on its way.
struct Coming {
    rows: Pin<Box<tokio_postgres::RowStream>>,
    limit: Option<Pin<Box<Sleep>>>,
    /// `None` once all rows have come.
    transaction: Option<Transaction>,
}

/// Rows may still be on their way.
impl Drop for Coming {
    fn drop(&mut self) {
        if let Some(transaction) = &self.transaction {
            transaction.link.give_up();
        }
    }
}

impl<T: FromRow> RowStream<T> {
    /// Sends a statement of a handle's, tagged and observed, in a transaction of its own.
    pub(crate) async fn begin<E: Execute>(
        by: &E,
        db: &Db,
        context: &Context,
        sql: &Sql,
        params: &[Param<'_>],
        site: &'static Location<'static>,
    ) -> Result<Self, Error> {
        let watch = Watch::begin(by, sql, params, site);
        let tagged = by.tags().filter(|tags| !tags.is_empty()).map(|tags| tags.on(sql));
        let sql = tagged.as_ref().unwrap_or(sql);
        match watch.over(Coming::begin(db, context.clone(), sql, params)).await {
            Ok(coming) => Ok(Self {
                state: State::Rows(Box::new(coming)),
                watch: Some(watch),
                given: 0,
                rows: PhantomData,
            }),
            Err(error) => {
                watch.end(Err(&error));
                Err(error)
            }
        }
    }
}

impl Coming {
    async fn begin(db: &Db, context: Context, sql: &Sql, params: &[Param<'_>]) -> Result<Self, Error> {
        let transaction = Transaction::begin(db, context, TransactionOptions::default()).await?;
        let rows = transaction.send(sql, params).await?;
        let limit = transaction.context.deadline.map(|at| Box::pin(tokio::time::sleep_until(at)));
        Ok(Self { rows, limit, transaction: Some(transaction) })
    }

    /// The next row; the transaction that is to be committed after the last one.
    fn poll(&mut self, waker: &mut Waker<'_>) -> Poll<Result<Result<Row, Option<Transaction>>, Error>> {
        if self.limit.as_mut().is_some_and(|limit| limit.as_mut().poll(waker).is_ready()) {
            return Poll::Ready(Err(Error::Deadline));
        }
        let came = ready!(self.rows.as_mut().poll_next(waker));
        Poll::Ready(match came {
            Some(Ok(row)) => Ok(Ok(Row::from(row))),
            Some(Err(error)) => Err(match &self.transaction {
                Some(transaction) => transaction.judge(error),
                None => Error::from(error),
            }),
            None => Ok(Err(self.transaction.take())),
        })
    }
}

impl<T: FromRow> Stream for RowStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let failed = match &mut self.state {
                State::Rows(coming) => match ready!(coming.poll(waker)) {
                    Ok(Ok(row)) => match T::from_row(&row) {
                        Ok(value) => {
                            self.given += 1;
                            return Poll::Ready(Some(Ok(value)));
                        }
                        Err(error) => Some(error),
                    },
                    Ok(Err(Some(transaction))) => {
                        self.state = State::Committing(transaction.commit().boxed());
                        continue;
                    }
                    Ok(Err(None)) => None,
                    Err(error) => Some(error),
                },
                State::Committing(committing) => ready!(committing.as_mut().poll(waker)).err(),
                State::Over => None,
            };
            self.state = State::Over;
            if let Some(watch) = self.watch.take() {
                watch.end(failed.as_ref().map_or(Ok(self.given), Err));
            }
            return Poll::Ready(failed.map(Err));
        }
    }
}

impl<T> std::fmt::Debug for RowStream<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowStream").finish_non_exhaustive()
    }
}
