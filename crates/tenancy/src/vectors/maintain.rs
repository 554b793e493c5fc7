//! Makes and drops the tenants' own indexes.

use std::time::{Duration, Instant};

use postgres_types::ToSql;
use tokio_postgres::Client;

use crate::{
    Error, Execute, Sql, System, TenantId,
    db::ConnectOptions,
    quote_identifier,
    vectors::{
        IndexSeen, Measured, Space, Step, TenantRows, VectorError,
        plan::{index_prefix, plan_maintenance, plan_measuring},
    },
};

/// For how long a connection as the owner is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was done for a space, and why.
///
/// ```
/// # freehold_tenancy_ground::with_faces(|ground, _acme, faces| async move {
/// let system = ground.db().await.system("indexes of large tenants")?;
/// let owner = ground.url("postgres");
/// let first = faces.maintain(&system, &owner).await?;
/// assert_eq!((first.outcomes.len(), first.busy), (1, false), "tenant 1 is large in this space");
/// let second = faces.maintain(&system, &owner).await?;
/// assert!(second.outcomes.is_empty() && second.measured.is_empty(), "nothing has changed since");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Maintained {
    /// Each step, in the order in which it was done. Empty when nothing had to be.
    pub outcomes: Vec<Outcome>,
    /// The tenants whose indexes were measured, as text, and what was measured: after the steps, new indexes, those
    /// whose tenant has grown or shrunk by more than a fifth, and what was measured long ago. What is below [`Rules::recall`](super::Rules) here
    /// stays below it: see there for `m` and `ef_construction`.
    pub measured: Vec<(String, Measured)>,
    /// Whether somebody else was at it at the same time; then nothing was looked at.
    pub busy: bool,
}

/// A step that was done.
///
/// ```
/// # use freehold_tenancy::vectors::{Outcome, Step};
/// # freehold_tenancy_ground::with_faces(|ground, _acme, faces| async move {
/// let system = ground.db().await.system("indexes of large tenants")?;
/// let done = faces.maintain(&system, &ground.url("postgres")).await?;
/// let [Outcome { step: Step::Create { tenant, .. }, took }] = &done.outcomes[..] else { panic!("{done:?}") };
/// assert_eq!(*tenant, freehold_tenancy_ground::tenant(1).to_string());
/// assert!(!took.is_zero());
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What, and why.
    pub step: Step,
    /// How long it took.
    pub took: Duration,
}

/// What the server says of the table.
struct Table {
    schema: String,
    tenant_column: String,
    tenant_type: String,
}

impl Space {
    /// Gives every tenant that has grown large an index of its own and drops those that are not wanted any more, by
    /// [`plan_maintenance`]; then measures how many candidates each index needs, so that searches find what
    /// [`Rules::recall`](super::Rules) asks for and look at no more. To be called now and then, once an hour for example, from anywhere: who comes second while
    /// somebody is at it goes away again, and where nothing changed nothing is done.
    ///
    /// `system` counts, so its role must not be held by row security. `owner_url` logs in as the owner of the table
    /// (indexes are the owner's to make), on a connection of its own and not through a pooler in transaction mode.
    /// Indexes are built and dropped `CONCURRENTLY`: rows can be written meanwhile. What a broken attempt left behind
    /// is dropped by the next one.
    ///
    /// # Errors
    /// [`VectorError::Blind`] when the role for work across tenants sees no other tenant's rows,
    /// [`VectorError::NotIndexable`] for a partitioned table and for more dimensions than an index takes,
    /// [`VectorError::Count`], [`VectorError::Maintain`] and those of a search when the server refuses; what was done
    /// before stays.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::Strategy;
    /// # freehold_tenancy_ground::with_faces(|ground, acme, faces| async move {
    /// # let (db, owner_url) = (ground.db().await, ground.url("postgres"));
    /// let system = db.system("indexes of large tenants")?;
    /// for outcome in faces.maintain(&system, &owner_url).await?.outcomes {
    ///     println!("{:?} in {:?}", outcome.step, outcome.took);
    /// }
    /// assert_eq!(faces.standing(&acme).await?.strategy(&faces.options().rules), Strategy::OwnIndex);
    /// # Ok(())
    /// # });
    /// ```
    pub async fn maintain(&self, system: &System, owner_url: &str) -> Result<Maintained, VectorError> {
        let (_, half) = self.searched();
        if self.options().dimensions > if half { 4000 } else { 2000 } {
            let why = "an index takes up to 2000 dimensions of a vector and 4000 of a halfvec";
            return Err(VectorError::NotIndexable { why });
        }
        let table = self.look_at_table(system).await?;
        let connecting = |source| failed("connecting as the owner of the table".to_owned(), source);
        let options = ConnectOptions::from_url(owner_url).map_err(connecting)?;
        let (owner, _connection) = options.open(PATIENCE).await.map_err(connecting)?;
        let prefix = index_prefix(self);
        let alone = format!("freehold vectors {}.{prefix}", table.schema);
        let lock = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0))";
        if !value::<bool>(&owner, lock, &[&alone], "taking the lock of maintenance").await? {
            return Ok(Maintained { outcomes: Vec::new(), measured: Vec::new(), busy: true });
        }
        let maintained = self.maintain_alone(system, &owner, &table, &prefix).await;
        // The server would let go of it when it notices that the session has ended, which may be after the next call.
        let unlock = "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0))";
        let unlocked =
            value::<bool>(&owner, unlock, &[&alone], "letting go of the lock of maintenance").await;
        let maintained = maintained?;
        unlocked?;
        Ok(maintained)
    }

    /// What [`Self::maintain`] does while nobody else is at it.
    async fn maintain_alone(
        &self,
        system: &System,
        owner: &Client,
        table: &Table,
        prefix: &str,
    ) -> Result<Maintained, VectorError> {
        let tenants = self.count(system).await?;
        let indexes = self.indexes(owner, table, prefix).await?;
        self.prepare(owner).await?;
        let mut outcomes = Vec::new();
        for step in plan_maintenance(self, &tenants, &indexes) {
            let started = Instant::now();
            self.carry_out(owner, table, &step).await?;
            let took = started.elapsed();
            tracing::info!(?step, ?took, "maintained an index over vectors");
            outcomes.push(Outcome { step, took });
        }
        // Also when measuring fails: what was remembered of indexes is no longer so.
        if !outcomes.is_empty() {
            self.forget();
        }
        let mut measured = Vec::new();
        for (index, tenant) in plan_measuring(self, &tenants, &indexes, jiff::Timestamp::now()) {
            let Some(found) = self.measure_one(system, owner, table, &index, tenant).await? else { continue };
            if found.recall < self.options().rules.recall {
                tracing::warn!(index, ?found, "an index over vectors finds less than is asked of it");
            }
            measured.push((tenant.tenant.clone(), found));
        }
        if !measured.is_empty() {
            self.forget();
        }
        Ok(Maintained { outcomes, measured, busy: false })
    }

    /// Measures a tenant's index and notes with it what was found.
    async fn measure_one(
        &self,
        system: &System,
        owner: &Client,
        table: &Table,
        index: &str,
        tenant: &TenantRows,
    ) -> Result<Option<Measured>, VectorError> {
        // A name that no handle can have is searched for by nobody.
        let Ok(whose) = TenantId::parse(system.tenancy().kind, &tenant.tenant) else { return Ok(None) };
        let measured = self.measure(&system.clone().within_tenant(&whose), tenant.rows).await?;
        if let Some(measured) = &measured {
            let doing = format!("noting what was measured of the index {index}");
            let text =
                "SELECT pg_catalog.format('COMMENT ON INDEX %I.%I IS %L', $1::text, $2::text, $3::text)";
            let sql: String = value(owner, text, &[&table.schema, &index, &measured.note()], &doing).await?;
            owner.batch_execute(&sql).await.map_err(|error| failed(doing, error.into()))?;
        }
        Ok(measured)
    }

    async fn look_at_table(&self, system: &System) -> Result<Table, VectorError> {
        let column = self.tenant_column(&system.tenancy().column).to_owned();
        let (schema, tenant_type, kind, blind): (String, String, String, bool) = system
            .query_one(
                "SELECT n.nspname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), c.relkind::text, \
                 pg_catalog.row_security_active(c.oid) \
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped \
                 WHERE c.oid = pg_catalog.to_regclass($1) AND a.attname = $2",
                &[&self.table(), &column],
            )
            .await
            .map_err(VectorError::Count)?;
        if blind || system.tenant_id().is_some() {
            return Err(VectorError::Blind);
        }
        if kind == "p" {
            let why = "the table is partitioned: index each partition, and searches take that index";
            return Err(VectorError::NotIndexable { why });
        }
        Ok(Table { schema, tenant_column: column, tenant_type })
    }

    async fn count(&self, system: &System) -> Result<Vec<TenantRows>, VectorError> {
        let tenant = quote_identifier(self.tenant_column(&system.tenancy().column));
        let (table, searched) = (self.table(), quote_identifier(self.searched().0));
        let least = i64::try_from(self.options().rules.index_until).unwrap_or(i64::MAX);
        let sql = Sql::vouched(format!(
            "SELECT {tenant}::text, count(*) FROM {table} WHERE {searched} IS NOT NULL \
             GROUP BY {tenant} HAVING count(*) >= $1"
        ));
        let rows: Vec<(String, i64)> = system.query(sql, &[&least]).await.map_err(VectorError::Count)?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(tenant, rows)| TenantRows { tenant, rows: u64::try_from(rows).unwrap_or_default() })
            .collect())
    }

    async fn indexes(
        &self,
        owner: &Client,
        table: &Table,
        prefix: &str,
    ) -> Result<Vec<IndexSeen>, VectorError> {
        let rows = owner
            .query(
                "SELECT i.relname::text, x.indisvalid, pg_catalog.obj_description(i.oid, 'pg_class') FROM pg_catalog.pg_index x \
                 JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
                 JOIN pg_catalog.pg_class t ON t.oid = x.indrelid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
                 WHERE n.nspname = $1 AND t.relname = $2 AND pg_catalog.starts_with(i.relname::text, $3) \
                 ORDER BY 1",
                &[&table.schema, &self.options().table, &prefix],
            )
            .await;
        let read = |row: &tokio_postgres::Row| {
            let note: Option<&str> = row.try_get(2)?;
            let measured = note.and_then(Measured::from_note);
            Ok(IndexSeen { name: row.try_get(0)?, valid: row.try_get(1)?, measured })
        };
        rows.and_then(|rows| rows.iter().map(read).collect())
            .map_err(|error| failed("looking for the indexes of the space".to_owned(), error.into()))
    }

    /// Settings of the owner's session: a build is neither cut short nor short of memory.
    async fn prepare(&self, owner: &Client) -> Result<(), VectorError> {
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
    async fn carry_out(&self, owner: &Client, table: &Table, step: &Step) -> Result<(), VectorError> {
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
        };
        owner.batch_execute(&sql).await.map_err(|error| failed(doing, error.into()))
    }
}

async fn value<T: postgres_types::FromSqlOwned>(
    owner: &Client,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
    doing: &str,
) -> Result<T, VectorError> {
    let row = owner.query_one(sql, values).await;
    row.and_then(|row| row.try_get(0)).map_err(|error| failed(doing.to_owned(), error.into()))
}

fn failed(doing: String, source: Error) -> VectorError {
    VectorError::Maintain { doing, source }
}
