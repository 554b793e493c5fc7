//! From rows to one of the ways.

use std::iter::Peekable;

use super::{
    IngestError, Ingested, Record, Way, arrays, copy,
    target::{Columns, Target},
};
use crate::{Tenant, Transaction};

/// From more rows on, copying directly pays for its preparations.
const MOST_AS_ARRAYS: usize = 10_000;

/// Rows on their way to a table.
pub(super) struct Load<I: Iterator> {
    pub(super) target: Target,
    way: Option<Way>,
    /// The first rows, as many as decide on the way.
    first: Vec<I::Item>,
    rows: Peekable<I>,
}

impl<R, I> Load<I>
where
    R: Record + Send,
    I: Iterator<Item = R> + Send,
{
    pub(super) fn new(target: Target, way: Option<Way>, rows: I) -> Self {
        Self { target, way, first: Vec::new(), rows: rows.peekable() }
    }

    /// Whether there are so many rows that COPY is quicker.
    fn are_many(&mut self) -> bool {
        if self.rows.size_hint().0 > MOST_AS_ARRAYS {
            return true;
        }
        self.first.extend(self.rows.by_ref().take(MOST_AS_ARRAYS));
        self.rows.peek().is_some()
    }

    /// Without a role that copies. Arrays are as quick as a temporary table with few rows and with many.
    fn usual_way(columns: &Columns) -> Way {
        if columns.can_be_unnested() { Way::Arrays } else { Way::TemporaryTable }
    }

    /// All rows.
    pub(super) fn into_rows(self) -> (Target, impl Iterator<Item = R> + Send) {
        (self.target, self.first.into_iter().chain(self.rows))
    }

    /// Sends all rows in a transaction of their own.
    pub(super) async fn commit(mut self, tenant: &Tenant) -> Result<Ingested, IngestError> {
        let direct = match self.way {
            Some(Way::DirectCopy) => true,
            Some(_) => false,
            None => tenant.db.0.copy.is_some() && self.are_many(),
        };
        if direct {
            match self.direct(tenant).await? {
                Ok(done) => return Ok(done),
                Err(rest) => self = rest,
            }
        }
        let transaction = tenant.begin().await?;
        let done = self.within(&transaction).await?;
        transaction.commit().await?;
        Ok(done)
    }

    /// Copies directly, or gives the rows back when the table is not set up for it and no way was asked for.
    async fn direct(self, tenant: &Tenant) -> Result<Result<Ingested, Self>, IngestError> {
        let not_set_up = |why| IngestError::NotSetUp { table: self.target.table.clone(), why };
        let Some(access) = &tenant.db.0.copy else {
            return Err(not_set_up("the database was opened without copy_url"));
        };
        if tenant.context.signer.is_some() {
            if self.way.is_some() {
                return Err(not_set_up("contexts are signed, which a CHECK can't verify for each row"));
            }
            return Ok(Err(self));
        }
        let transaction = Transaction::begin_copying(&tenant.db, &tenant.context, &access.pool).await?;
        if !access.is_set_up(&transaction, &self.target).await? {
            if self.way.is_some() {
                return Err(not_set_up("the copying role or its CHECK is not there: apply copy_role_sql()"));
            }
            transaction.rollback().await?;
            return Ok(Err(self));
        }
        let columns = {
            let reading = tenant.begin().await?;
            let columns = self.target.columns(&reading).await?;
            reading.rollback().await?;
            columns
        };
        let rows = copy::directly(&transaction, columns, self).await?;
        transaction.commit().await?;
        Ok(Ok(Ingested { rows, way: Way::DirectCopy }))
    }

    /// Sends all rows as a part of a transaction.
    pub(super) async fn within(self, transaction: &Transaction) -> Result<Ingested, IngestError> {
        let columns = self.target.columns(transaction).await?;
        let way = match self.way {
            Some(Way::DirectCopy) => {
                let table = self.target.table;
                let why = "it needs a connection of its own, not this transaction's";
                return Err(IngestError::NotSetUp { table, why });
            }
            Some(way) => way,
            None => Self::usual_way(&columns),
        };
        let rows = match way {
            Way::TemporaryTable => copy::through_temporary_table(transaction, columns, self).await?,
            _ => arrays::send(transaction, columns, self).await?,
        };
        Ok(Ingested { rows, way })
    }
}
