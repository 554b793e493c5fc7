//! What loading many rows needs of a transaction's connection.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Sink;
use tokio_postgres::{CopyInSink, Statement};

use super::Transaction;
use crate::{Error, execute::Param};

/// A COPY under way, on the connection of a transaction.
pub(crate) struct CopyIn(Pin<Box<CopyInSink<Bytes>>>);

impl CopyIn {
    /// Sends a piece of the stream, as soon as the one before is on its way.
    pub(crate) async fn send(&mut self, piece: Bytes) -> Result<(), tokio_postgres::Error> {
        let sink = &mut self.0;
        std::future::poll_fn(|context| sink.as_mut().poll_ready(context)).await?;
        sink.as_mut().start_send(piece)
    }

    /// Ends the stream, and gives the number of rows that the server took.
    pub(crate) async fn finish(mut self) -> Result<u64, tokio_postgres::Error> {
        self.0.as_mut().finish().await
    }
}

impl Transaction {
    /// The types of a statement's parameters and columns.
    pub(crate) async fn describe(&self, sql: &str) -> Result<Statement, Error> {
        self.end_savepoints().await?;
        let client = self.link.client()?;
        if self.link.keeps_statements {
            return self.run(client.prepare_cached(sql)).await;
        }
        // A pooler keeps it no longer than the transaction; the connection is not used after that.
        self.link.driver_prepared();
        self.run(client.prepare(sql)).await
    }

    /// Runs a statement that [`Transaction::describe`] gave.
    pub(crate) async fn run_described(
        &self,
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<u64, Error> {
        let client = self.link.client()?;
        self.run(client.execute(statement, params)).await
    }

    /// Runs a statement without parameters that is not worth preparing.
    pub(crate) async fn run_plainly(&self, sql: &str) -> Result<(), Error> {
        self.end_savepoints().await?;
        self.run(self.link.client()?.batch_execute(sql)).await
    }

    /// Copies in what `feed` sends. After any failure, the caller's too, the connection is not used again: the driver
    /// can hand the answer of one query to another after a COPY that was refused.
    pub(crate) async fn copy_in<E: From<Error>>(
        &self,
        sql: &str,
        feed: impl AsyncFnOnce(&mut CopyIn) -> Result<Result<(), tokio_postgres::Error>, E>,
    ) -> Result<u64, E> {
        self.end_savepoints().await?;
        let limit = self.limit()?;
        self.link.driver_prepared();
        let running = self.link.running();
        let work = async {
            let client = self.link.client()?;
            let sink = client.copy_in(sql).await.map_err(|error| self.judge(error))?;
            let mut copy = CopyIn(Box::pin(sink));
            let fed = feed(&mut copy).await?;
            match (copy.finish().await, fed) {
                (Ok(rows), Ok(())) => Ok(rows),
                // The end says why the stream was closed.
                (Err(error), _) | (_, Err(error)) => Err(E::from(self.judge(error))),
            }
        };
        let copied = match limit {
            None => work.await,
            Some(at) => match tokio::time::timeout_at(at, work).await {
                Ok(outcome) => outcome,
                Err(_) => Err(E::from(Error::Deadline)),
            },
        }?;
        running.over();
        Ok(copied)
    }
}
