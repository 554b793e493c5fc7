//! Statements of many tenants on a few connections: context and statement in one atomic unit of the protocol.
//!
//! A unit is Bind and Execute of the context, Bind and Execute of each statement, and one Sync, so that one implicit
//! transaction holds them all and one round trip brings the answer. Many units are on the way on each connection.

mod answer;
mod auth;
mod batch;
mod cancel;
mod connect;
mod driver;
mod encode;
mod fault;
mod frames;
mod hub;
mod link;
mod refuse;
mod statement;
mod stream;
mod ticket;
mod types;
mod unit;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use batch::{Batch, BatchAnswer};
pub(crate) use hub::WireOptions;

use crate::{Db, Error, Row, Sql, context::Context, db::ConnectOptions, execute::Param};

/// The shared connections of one login.
pub(crate) struct Wire {
    hub: Arc<hub::Hub>,
    registry: statement::Registry,
    types: types::Types,
}

/// A statement and its parameters.
#[derive(Clone, Copy)]
pub(crate) struct Step<'s> {
    pub(crate) sql: &'s Sql,
    pub(crate) params: &'s [Param<'s>],
}

/// What a statement answered.
pub(crate) struct Reply {
    pub(crate) rows: Vec<Row>,
    pub(crate) affected: u64,
}

impl Wire {
    /// Connections are opened when they are needed.
    pub(crate) fn new(connect: ConnectOptions, options: WireOptions) -> Self {
        Self {
            hub: Arc::new(hub::Hub::new(connect, options)),
            registry: statement::Registry::new(),
            types: types::Types::default(),
        }
    }

    /// Runs statements within a context, all in one implicit transaction.
    ///
    /// # Errors
    /// [`Error`]; when one statement is refused, none has had an effect.
    pub(crate) async fn run(&self, context: &Context, steps: &[Step<'_>]) -> Result<Vec<Reply>, Error> {
        for again in [true, false] {
            match self.attempt(context, steps).await {
                Err(unit::Failed::Stale(_)) if again => {}
                Err(unit::Failed::Stale(error) | unit::Failed::Error(error)) => return Err(error),
                Ok(replies) => return Ok(replies),
            }
        }
        Err(Error::Protocol("a statement changes under the hands".to_owned()))
    }
}

/// The rows of one statement.
pub(crate) async fn rows(
    db: &Db,
    context: &Context,
    sql: &Sql,
    params: &[Param<'_>],
) -> Result<Vec<Row>, Error> {
    Ok(one(db, context, sql, params).await?.rows)
}

/// How many rows one statement changed or found.
pub(crate) async fn affected(
    db: &Db,
    context: &Context,
    sql: &Sql,
    params: &[Param<'_>],
) -> Result<u64, Error> {
    Ok(one(db, context, sql, params).await?.affected)
}

async fn one(db: &Db, context: &Context, sql: &Sql, params: &[Param<'_>]) -> Result<Reply, Error> {
    let replies = replies(db, context, &[Step { sql, params }]).await?;
    replies.into_iter().next().ok_or_else(|| Error::Protocol("a statement has no answer".to_owned()))
}

/// Runs statements for a tenant that is served; on the primary where the replica gave no answer.
async fn replies(db: &Db, context: &Context, steps: &[Step<'_>]) -> Result<Vec<Reply>, Error> {
    let pool = db.pool_for(context).await?;
    match pool.wire.run(context, steps).await {
        Err(error) => match db.instead_of(pool, &error) {
            Some(primary) => primary.wire.run(context, steps).await,
            None => Err(error),
        },
        Ok(replies) => Ok(replies),
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.hub.close();
    }
}
