//! Whether a pooler stands in between, and what it lets one do.

use std::time::Duration;

use crate::{Error, db::ConnectOptions};

/// What stands between the application and its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pooler {
    /// Nothing: a connection is a server's process.
    Direct,
    /// A pooler that keeps one server's process for each connection, as long as it lasts.
    Session,
    /// A pooler that gives a connection any server's process for each transaction, and knows statements prepared by
    /// protocol, as PgBouncer does from 1.21 on.
    Transaction,
    /// A pooler that gives a connection any server's process for each transaction, where no prepared statement lasts
    /// longer than that, as PgBouncer up to 1.20.
    TransactionUnprepared,
}

impl Pooler {
    /// Whether a statement that was prepared in one transaction is there in the next.
    pub fn keeps_statements(self) -> bool {
        self != Self::TransactionUnprepared
    }

    pub(crate) async fn detect(connect: &ConnectOptions, within: Duration) -> Result<Self, Error> {
        let _ = (connect, within);
        Ok(Self::Direct)
    }
}
