//! Many rows at once.
//!
//! Row level security and COPY don't go together (`COPY FROM not supported with row-level security`), and a row at a time
//! costs a round trip each. [`into`] takes any number of rows of one tenant in one transaction, in the quickest of three
//! ways ([`Way`]) that their number and the database allow; the tenant column is filled by the library.
//!
//! ```no_run
//! # async fn checks(tenant: &freehold_tenancy::Tenant) -> Result<(), Box<dyn std::error::Error>> {
//! use freehold_tenancy::{Record, ingest};
//!
//! #[derive(Record)]
//! struct Check {
//!     monitor_id: i64,
//!     status: &'static str,
//!     #[record(column = "response_time")]
//!     milliseconds: i32,
//! }
//!
//! let checks = (0..100_000).map(|n| Check { monitor_id: n, status: "up", milliseconds: 12 });
//! let done = ingest::into("monitor_checks").rows(tenant, checks).await?;
//! println!("{} rows by {:?}", done.rows, done.way);
//!
//! // Without a struct: the columns in the order of the tuple.
//! let rows = [("a", 1_i64), ("b", 2)];
//! ingest::into("tags").column("name").column("weight").rows(tenant, rows).await?;
//! # Ok(())
//! # }
//! ```

mod access;
mod arrays;
mod copy;
mod encode;
mod error;
mod load;
mod migration;
mod record;
mod target;

pub use error::IngestError;
pub use migration::{CopyRole, copy_role_sql};
pub use record::{Record, RowWriter};

pub(crate) use access::CopyAccess;

use std::panic::Location;

use crate::{Tenant, Transaction, telemetry::Watch};
use load::Load;
use target::Target;

/// How rows reach the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// Arrays that one INSERT unnests, 10,000 rows at a time, under row level security.
    Arrays,
    /// Binary COPY into a temporary table, and INSERT … SELECT from there, under row level security. The tenants' role
    /// needs the right to make temporary tables, which everybody has unless it was revoked.
    TemporaryTable,
    /// Binary COPY into the table itself, by a role that may insert and nothing else, past row level security; a CHECK
    /// refuses every row of another tenant than the session's. [`copy_role_sql`] sets it up, and
    /// [`DbBuilder::copy_url`](crate::DbBuilder::copy_url) says how to log in.
    DirectCopy,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ingested {
    /// How many rows.
    pub rows: u64,
    /// In which way.
    pub way: Way,
}

/// Rows for one table; [`into`] begins it.
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before rows()"]
pub struct Ingest {
    table: String,
    columns: Vec<String>,
    way: Option<Way>,
}

/// Begins to send rows to a table, `name` or `schema.name`.
///
/// ```
/// let checks = freehold_tenancy::ingest::into("monitor_checks").column("monitor_id").column("status");
/// ```
pub fn into(table: impl Into<String>) -> Ingest {
    Ingest { table: table.into(), columns: Vec::new(), way: None }
}

impl Ingest {
    /// Names the next column. Without any, the [`Record`]'s own names hold.
    pub fn column(mut self, name: impl Into<String>) -> Self {
        self.columns.push(name.into());
        self
    }

    /// Takes this way, however many rows there are.
    pub fn way(mut self, way: Way) -> Self {
        self.way = Some(way);
        self
    }

    /// Sends rows, all of them or none: they are in one transaction, which is committed at the end.
    ///
    /// # Errors
    /// [`IngestError`]: by whether table, columns, a value, the server, or the connection were at fault. A row or value is
    /// never repeated.
    #[track_caller]
    pub fn rows<R, I>(
        self,
        tenant: &Tenant,
        rows: I,
    ) -> impl Future<Output = Result<Ingested, IngestError>> + Send
    where
        R: Record + Send,
        I: IntoIterator<Item = R, IntoIter: Send>,
    {
        let (rows, site) = (rows.into_iter(), Location::caller());
        async move {
            let target = Target::new(&self, R::COLUMNS, tenant.tenancy_and_id()?)?;
            let watch = Watch::bulk(tenant, &target.as_text(), site);
            let sent = watch.over(Load::new(target, self.way, rows).commit(tenant)).await;
            observed(watch, sent)
        }
    }

    /// Sends rows as a part of a transaction. [`Way::DirectCopy`] is not had here: it is another role's connection. After
    /// an error of [`Way::TemporaryTable`] the transaction is over.
    ///
    /// # Errors
    /// As [`Ingest::rows`]; [`IngestError::NotSetUp`] when [`Way::DirectCopy`] was asked for.
    #[track_caller]
    pub fn rows_in<R, I>(
        self,
        transaction: &Transaction,
        rows: I,
    ) -> impl Future<Output = Result<Ingested, IngestError>> + Send
    where
        R: Record + Send,
        I: IntoIterator<Item = R, IntoIter: Send>,
    {
        let (rows, site) = (rows.into_iter(), Location::caller());
        async move {
            let target = Target::new(&self, R::COLUMNS, transaction.tenancy_and_id()?)?;
            let watch = Watch::bulk(transaction, &target.as_text(), site);
            let sent = watch.over(Load::new(target, self.way, rows).within(transaction)).await;
            observed(watch, sent)
        }
    }
}

fn observed(watch: Watch, sent: Result<Ingested, IngestError>) -> Result<Ingested, IngestError> {
    match &sent {
        Ok(done) => watch.end(Ok(done.rows)),
        Err(error) => match error.cause() {
            Some(cause) => watch.end(Err(cause)),
            None => watch.end_unsent(),
        },
    }
    sent
}
