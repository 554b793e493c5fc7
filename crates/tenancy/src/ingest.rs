//! Many rows at once.
//!
//! Row level security and COPY don't go together (`COPY FROM not supported with row-level security`), and a row at a time
//! costs a round trip each. [`into`] takes any number of rows of one tenant in one transaction, in the quickest of three
//! ways ([`Way`]) that their number and the database allow; the tenant column is filled by the library.
//!
//! ```
//! # freehold_tenancy_ground::with_acme(|_db, acme| async move {
//! use freehold_tenancy::{Record, ingest};
//!
//! #[derive(Record)]
//! struct Note {
//!     id: i64,
//!     #[record(column = "body")]
//!     text: String,
//! }
//!
//! let notes = (10..20_010).map(|id| Note { id, text: format!("note {id}") });
//! let done = ingest::into("notes").rows(&acme, notes).await?;
//! assert_eq!((done.rows, done.way), (20_000, ingest::Way::Arrays));
//!
//! // Without a struct: the columns in the order of the tuple.
//! let rows = [("salt", 4_i64), ("oil", 5)];
//! ingest::into("notes").column("body").column("id").rows(&acme, rows).await?;
//! # Ok(())
//! # });
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
///
/// ```
/// # use freehold_tenancy::ingest::{self, Way};
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let many = ingest::into("notes").column("id").rows(&acme, (10..20_010_i64).map(|id| (id,))).await?;
/// assert_eq!(many.way, Way::Arrays, "there is no role that copies");
/// let told = ingest::into("notes").column("id").way(Way::TemporaryTable).rows(&acme, [(4_i64,)]).await?;
/// assert_eq!(told.way, Way::TemporaryTable);
/// # Ok(())
/// # });
/// ```
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
///
/// ```
/// # use freehold_tenancy::ingest;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let done = ingest::into("notes").column("id").rows(&acme, [(4_i64,), (5,)]).await?;
/// assert_eq!((done.rows, done.way), (2, ingest::Way::Arrays));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ingested {
    /// How many rows.
    pub rows: u64,
    /// In which way.
    pub way: Way,
}

/// Rows for one table; [`into`] begins it.
///
/// ```
/// # use freehold_tenancy::ingest;
/// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
/// let notes = ingest::into("public.notes").column("id").column("body");
/// notes.clone().rows(&acme, [(4_i64, "salt")]).await?;
/// notes.rows(&acme, [(5_i64, "oil")]).await?;
/// # Ok(())
/// # });
/// ```
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
    ///
    /// ```
    /// # use freehold_tenancy::ingest;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let sent = ingest::into("notes").column("body").column("id").rows(&acme, [("salt", 4_i64)]).await?;
    /// assert_eq!(sent.rows, 1);
    /// let tenant = ingest::into("notes").column("tenant_id").rows(&acme, [(7_i64,)]).await;
    /// assert!(matches!(tenant, Err(ingest::IngestError::TenantColumn { .. })), "the library fills it");
    /// # Ok(())
    /// # });
    /// ```
    pub fn column(mut self, name: impl Into<String>) -> Self {
        self.columns.push(name.into());
        self
    }

    /// Takes this way, however many rows there are.
    ///
    /// ```
    /// # use freehold_tenancy::ingest::{self, IngestError, Way};
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes = ingest::into("notes").column("id");
    /// let sent = notes.clone().way(Way::TemporaryTable).rows(&acme, [(4_i64,)]).await?;
    /// assert_eq!(sent.way, Way::TemporaryTable);
    /// let direct = notes.way(Way::DirectCopy).rows(&acme, [(5_i64,)]).await;
    /// assert!(matches!(direct, Err(IngestError::NotSetUp { .. })), "there is no role that copies");
    /// # Ok(())
    /// # });
    /// ```
    pub fn way(mut self, way: Way) -> Self {
        self.way = Some(way);
        self
    }

    /// Sends rows, all of them or none: they are in one transaction, which is committed at the end.
    ///
    /// # Errors
    /// [`IngestError`]: by whether table, columns, a value, the server, or the connection were at fault. A row or value is
    /// never repeated.
    ///
    /// ```
    /// # use freehold_tenancy::ingest;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes = ingest::into("notes").column("id").column("body");
    /// let taken = notes.clone().rows(&acme, [(4_i64, "salt"), (1, "milk")]).await;
    /// assert!(taken.is_err(), "there is a note 1");
    /// let again = notes.rows(&acme, [(4_i64, "salt")]).await?;
    /// assert_eq!(again.rows, 1, "nothing of the first attempt stayed");
    /// # Ok(())
    /// # });
    /// ```
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
    ///
    /// ```
    /// # use freehold_tenancy::ingest;
    /// # use freehold_tenancy::Execute;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let transaction = acme.begin().await?;
    /// let sent = ingest::into("notes").column("id").rows_in(&transaction, [(4_i64,), (5,)]).await?;
    /// assert_eq!(sent.rows, 2);
    /// transaction.rollback().await?;
    /// let notes: i64 = acme.query_value("SELECT count(*) FROM notes", &[]).await?;
    /// assert_eq!(notes, 3, "the rows went with the transaction");
    /// # Ok(())
    /// # });
    /// ```
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
