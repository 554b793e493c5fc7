//! Binary COPY: into the table itself, or into a temporary one.

use super::{IngestError, Record, encode::Encoder, load::Load, target::Columns};
use crate::{Error, Transaction, transaction::CopyIn};

/// So much is sent at a time.
const PIECE: usize = 128 * 1024;

/// Copies into the table itself.
pub(super) async fn directly<R, I>(
    transaction: &Transaction,
    columns: Columns,
    load: Load<I>,
) -> Result<u64, IngestError>
where
    R: Record + Send,
    I: Iterator<Item = R> + Send,
{
    let (target, rows) = load.into_rows();
    let sql = format!(
        "COPY {} ({}, {}) FROM STDIN (FORMAT binary)",
        target.table_sql,
        target.tenant_column(),
        target.column_list()
    );
    let tenant_type = columns.tenant_type.clone();
    let encoder = Encoder::copy(columns, &[(&tenant_type, &target.tenant)])?;
    copy(transaction, &target.table, &sql, encoder, rows).await
}

/// Copies into a temporary table, and inserts from there.
pub(super) async fn through_temporary_table<R, I>(
    transaction: &Transaction,
    columns: Columns,
    load: Load<I>,
) -> Result<u64, IngestError>
where
    R: Record + Send,
    I: Iterator<Item = R> + Send,
{
    /// Of the session's own: no other name can be meant.
    const TEMPORARY: &str = "pg_temp.freehold_ingest";
    let (target, rows) = load.into_rows();
    let failed = |source: Error| IngestError::Sending { table: target.table.clone(), source };
    let list = target.column_list();
    let make = format!(
        "CREATE TEMPORARY TABLE freehold_ingest ON COMMIT DROP AS SELECT {list} FROM {} WITH NO DATA",
        target.table_sql
    );
    transaction.run_plainly(&make).await.map_err(failed)?;
    let copy_in = format!("COPY {TEMPORARY} ({list}) FROM STDIN (FORMAT binary)");
    copy(transaction, &target.table, &copy_in, Encoder::copy(columns, &[])?, rows).await?;
    let insert = format!(
        "INSERT INTO {} ({}, {list}) SELECT $1, {list} FROM {TEMPORARY}",
        target.table_sql,
        target.tenant_column()
    );
    let statement = transaction.describe(&insert).await.map_err(failed)?;
    let inserted = transaction.run_described(&statement, &[&target.tenant]).await.map_err(failed)?;
    transaction.run_plainly(&format!("DROP TABLE {TEMPORARY}")).await.map_err(failed)?;
    Ok(inserted)
}

/// What goes wrong while a COPY runs.
enum Failure {
    Row(IngestError),
    Server(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

async fn copy<R: Record + Send>(
    transaction: &Transaction,
    table: &str,
    sql: &str,
    mut encoder: Encoder,
    rows: impl Iterator<Item = R> + Send,
) -> Result<u64, IngestError> {
    let feed = async |copy: &mut CopyIn| -> Result<Result<(), tokio_postgres::Error>, Failure> {
        for row in rows {
            encoder.row(&row).map_err(Failure::Row)?;
            if encoder.len() >= PIECE
                && let Err(error) = copy.send(encoder.take_stream(false)).await
            {
                return Ok(Err(error));
            }
        }
        Ok(copy.send(encoder.take_stream(true)).await)
    };
    transaction.copy_in(sql, feed).await.map_err(|failure| match failure {
        Failure::Row(error) => error,
        Failure::Server(source) => IngestError::Sending { table: table.to_owned(), source },
    })
}
