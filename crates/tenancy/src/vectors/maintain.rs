//! Makes and drops the tenants' own indexes.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::{
    Execute, Sql, System, TenantId,
    db::ConnectOptions,
    quote_identifier,
    vectors::{
        IndexSeen, Measured, Space, Step, TenantRows, VectorError,
        carry_out::{failed, value},
        covering::{LOOKED_AT, covering_prefix, plan_covering, plan_vacuum},
        plan::{index_prefix, plan_maintenance, plan_measuring, searched_exactly},
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
pub(super) struct Table {
    pub(super) schema: String,
    pub(super) tenant_column: String,
    pub(super) tenant_type: String,
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
        let (tenants, all) = self.count(system).await?;
        let indexes = self.indexes(owner, table, prefix).await?;
        self.prepare(owner).await?;
        let mut steps = plan_maintenance(self, &tenants, &indexes);
        let exactly = searched_exactly(self, &tenants, &indexes, LOOKED_AT);
        steps.extend(self.cover(system, owner, table, &exactly, all).await?);
        let mut outcomes = Vec::new();
        for step in steps {
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

    /// What is to be done for the covering index, and to have it read.
    async fn cover(
        &self,
        system: &System,
        owner: &Client,
        table: &Table,
        exactly: &[&TenantRows],
        all: u64,
    ) -> Result<Vec<Step>, VectorError> {
        let indexes = self.indexes(owner, table, &covering_prefix(self)).await?;
        let columns = self.columns(system, &table.tenant_column).await?;
        let spreads = self.spreads(system, exactly, all).await?;
        let mut steps = plan_covering(self, &spreads, columns, &indexes);
        steps.extend(plan_vacuum(self, &steps, &indexes, self.changed(system).await?));
        Ok(steps)
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

    /// The tenants that may get an index, the largest of the others, and how many vectors there are.
    async fn count(&self, system: &System) -> Result<(Vec<TenantRows>, u64), VectorError> {
        let tenant = quote_identifier(self.tenant_column(&system.tenancy().column));
        let (table, searched) = (self.table(), quote_identifier(self.searched().0));
        let least = i64::try_from(self.options().rules.index_until).unwrap_or(i64::MAX);
        let sql = Sql::vouched(format!(
            "WITH counted AS MATERIALIZED (SELECT {tenant}::text AS tenant, count(*) AS rows FROM {table} \
             WHERE {searched} IS NOT NULL GROUP BY {tenant}), \
             few AS (SELECT * FROM counted WHERE rows < $1 ORDER BY rows DESC, tenant LIMIT {LOOKED_AT}) \
             SELECT tenant, rows, (SELECT sum(rows)::bigint FROM counted) \
             FROM (SELECT * FROM counted WHERE rows >= $1 UNION ALL SELECT * FROM few) AS both_of_them"
        ));
        let rows: Vec<(String, i64, i64)> = system.query(sql, &[&least]).await.map_err(VectorError::Count)?;
        let all = rows.first().map_or(0, |(_, _, all)| all.unsigned_abs());
        let rows = rows.into_iter();
        Ok((rows.map(|(tenant, rows, _)| TenantRows { tenant, rows: rows.unsigned_abs() }).collect(), all))
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
}
