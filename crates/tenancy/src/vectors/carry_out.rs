//! Carries out the steps of maintenance, as the owner of the table.

use postgres_types::ToSql;
use tokio_postgres::Client;

use crate::{
    Error,
    vectors::{Space, Step, VectorError, maintain::Table},
};

impl Space {
    /// Settings of the owner's session: a build is neither cut short nor short of memory.
    pub(super) async fn prepare(&self, owner: &Client) -> Result<(), VectorError> {
        let rules = &self.options().rules;
        let settings = [
            ("statement_timeout", "0".to_owned()),
            ("maintenance_work_mem", format!("{}MB", rules.build_memory_mib)),
            ("max_parallel_maintenance_workers", rules.build_workers.to_string()),
        ];
        for (name, setting) in settings {
            let take_on = "SELECT pg_catalog.set_config($1, $2, false)";
            value::<String>(owner, take_on, &[&name, &setting], "setting up the owner's session").await?;
        }
        Ok(())
    }

    /// The text of the statement is made by the server's own `format`, from bound values: indexes take no parameters.
    pub(super) async fn carry_out(
        &self,
        owner: &Client,
        table: &Table,
        step: &Step,
    ) -> Result<(), VectorError> {
        let options = self.options();
        let (doing, sql) = match step {
            Step::Drop { index, .. } => {
                let doing = format!("dropping the index {index} of {}", options.table);
                let text =
                    "SELECT pg_catalog.format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I', $1::text, $2::text)";
                let sql: String = value(owner, text, &[&table.schema, index], &doing).await?;
                (doing, sql)
            }
            Step::Create { index, tenant, .. } => {
                let doing = format!("building the index {index} on {}", options.table);
                let (column, half) = self.searched();
                let class = options.metric.operator_class(half);
                let (m, ef) = (options.rules.m.to_string(), options.rules.ef_construction.to_string());
                let text = "SELECT pg_catalog.format('CREATE INDEX CONCURRENTLY %I ON %I.%I USING hnsw (%I %s) \
                     WITH (m = %s, ef_construction = %s) WHERE %I = %L::%s', $1::text, $2::text, $3::text, \
                     $4::text, $5::text, $6::text, $7::text, $8::text, $9::text, $10::text)";
                let values: [&(dyn ToSql + Sync); 10] = [
                    index,
                    &table.schema,
                    &options.table,
                    &column,
                    &class,
                    &m,
                    &ef,
                    &table.tenant_column,
                    tenant,
                    &table.tenant_type,
                ];
                let sql: String = value(owner, text, &values, &doing).await?;
                (doing, sql)
            }
            Step::Vacuum { .. } => return self.vacuum(owner, table).await,
            Step::Cover { index, .. } => {
                let doing = format!("building the covering index {index} on {}", options.table);
                let text = "SELECT pg_catalog.format('CREATE INDEX CONCURRENTLY %I ON %I.%I (%I) INCLUDE (%s) \
                     WHERE %I IS NOT NULL', $1::text, $2::text, $3::text, $4::text, $5::text, $6::text)";
                let values: [&(dyn ToSql + Sync); 6] = [
                    index,
                    &table.schema,
                    &options.table,
                    &table.tenant_column,
                    &self.covered_columns(&table.tenant_column),
                    &self.searched().0,
                ];
                let sql: String = value(owner, text, &values, &doing).await?;
                (doing, sql)
            }
        };
        owner.batch_execute(&sql).await.map_err(|error| failed(doing, error.into()))?;
        if matches!(step, Step::Cover { .. }) {
            self.vacuum(owner, table).await?;
        }
        Ok(())
    }

    /// An index answers without the table only for pages that vacuum knows to be seen by everybody.
    async fn vacuum(&self, owner: &Client, table: &Table) -> Result<(), VectorError> {
        let doing = format!("vacuuming {}", self.options().table);
        let text = "SELECT pg_catalog.format('VACUUM (ANALYZE) %I.%I', $1::text, $2::text)";
        let sql: String = value(owner, text, &[&table.schema, &self.options().table], &doing).await?;
        owner.batch_execute(&sql).await.map_err(|error| failed(doing, error.into()))
    }
}

/// The one value that a statement of the owner's gives.
pub(super) async fn value<T: postgres_types::FromSqlOwned>(
    owner: &Client,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
    doing: &str,
) -> Result<T, VectorError> {
    let row = owner.query_one(sql, values).await;
    row.and_then(|row| row.try_get(0)).map_err(|error| failed(doing.to_owned(), error.into()))
}

pub(super) fn failed(doing: String, source: Error) -> VectorError {
    VectorError::Maintain { doing, source }
}
