//! Arrays that one INSERT unnests.

use futures_util::{FutureExt, future::BoxFuture};
use postgres_types::ToSql;

use super::{
    IngestError, Record,
    encode::{Array, Encoder},
    load::Load,
    target::{Columns, Target},
};
use crate::{Error, TenantId, Transaction, execute::Param, quote_identifier};

/// Rows, and bytes of rows, in one statement at most.
const BATCH_ROWS: u64 = 10_000;
const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Sends rows in batches: while the server works on one, the next is encoded.
pub(super) async fn send<R, I>(
    transaction: &Transaction,
    columns: Columns,
    load: Load<I>,
) -> Result<u64, IngestError>
where
    R: Record + Send,
    I: Iterator<Item = R> + Send,
{
    if !columns.can_be_unnested() {
        let why = "a column is an array itself, which unnest would take apart";
        return Err(IngestError::NotSetUp { table: load.target.table, why });
    }
    let (target, rows) = load.into_rows();
    let failed = |source| IngestError::Sending { table: target.table.clone(), source };
    let sql = insert(&target, &columns);
    let statement = transaction.describe(&sql).await.map_err(failed)?;
    let mut encoder = Encoder::arrays(columns);
    let mut sent = 0;
    let mut under_way: Option<BoxFuture<'_, Result<u64, Error>>> = None;
    let mut batch = 0;
    let mut rows = rows.peekable();
    while let Some(row) = rows.next() {
        encoder.row(&row)?;
        batch += 1;
        if batch < BATCH_ROWS && encoder.len() < BATCH_BYTES && rows.peek().is_some() {
            continue;
        }
        batch = 0;
        if let Some(before) = under_way.take() {
            sent += before.await.map_err(failed)?;
        }
        let arrays = encoder.take_arrays();
        let mut next = run(transaction, &statement, &target.tenant, arrays).boxed();
        // Asked once, it is on its way.
        match futures_util::poll!(&mut next) {
            std::task::Poll::Ready(done) => sent += done.map_err(failed)?,
            std::task::Poll::Pending => under_way = Some(next),
        }
    }
    if let Some(last) = under_way {
        sent += last.await.map_err(failed)?;
    }
    Ok(sent)
}

async fn run(
    transaction: &Transaction,
    statement: &tokio_postgres::Statement,
    tenant: &TenantId,
    arrays: Vec<Array>,
) -> Result<u64, Error> {
    let mut params: Vec<Param<'_>> = vec![tenant];
    params.extend(arrays.iter().map(|array| array as &(dyn ToSql + Sync)));
    transaction.run_described(statement, &params).await
}

/// The arrays, which are equally long, are unnested side by side in the target list: as functions in FROM each would be
/// written into a store of its own first, which takes a sixth longer.
fn insert(target: &Target, columns: &Columns) -> String {
    let arrays: Vec<String> = (2..)
        .zip(&columns.types)
        .map(|(number, ty)| {
            let (schema, name) = (quote_identifier(ty.schema()), quote_identifier(ty.name()));
            format!("pg_catalog.unnest(${number}::{schema}.{name}[])")
        })
        .collect();
    let tenant = &columns.tenant_type;
    format!(
        "INSERT INTO {} ({}, {}) SELECT $1::{}.{}, {}",
        target.table_sql,
        target.tenant_column(),
        target.column_list(),
        quote_identifier(tenant.schema()),
        quote_identifier(tenant.name()),
        arrays.join(", ")
    )
}
