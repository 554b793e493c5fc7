//! Which way a tenant is searched, from what it has.

use crate::{
    Execute, FromRow, Row, Sql, TenantId,
    vectors::{Measured, Rules, Space, VectorError, covering, plan},
};

/// The way to the nearest vectors.
///
/// ```
/// # use freehold_tenancy::vectors::{Search, Strategy};
/// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
/// let photo = faces.embedding(vec![0.9, 0.1])?;
/// let compared = faces.search::<(i64,)>(&acme, &Search::nearest(&photo, 5).by(Strategy::Exact)).await?;
/// assert_eq!(compared.strategy, Strategy::Exact);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// All of the tenant's vectors are compared.
    Exact,
    /// The HNSW index that holds this tenant's vectors alone.
    OwnIndex,
    /// An HNSW index over the whole column or a partition of it, scanned on until enough of its rows are the
    /// tenant's.
    SharedIndex,
}

/// What a tenant has in a space.
///
/// ```
/// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
/// let standing = faces.standing(&acme).await?;
/// assert_eq!((standing.rows, standing.own_index), (3, false));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its vectors, counted up to [`Rules::index_from`].
    pub rows: u64,
    /// Whether it has a valid index of its own.
    pub own_index: bool,
    /// Whether there is a valid index over the whole column.
    pub shared_index: bool,
    /// Whether the server's pgvector can go on scanning an index until there are enough rows (0.8 and later).
    pub iterative: bool,
    /// How many candidates the tenant's own index was measured to need; `None` where nothing was measured.
    pub ef_search: Option<u32>,
    /// Whether there is a covering index, from whose ids the rest of a row can be found.
    pub covered: bool,
}

impl Standing {
    /// The way for a tenant of this standing.
    ///
    /// ```
    /// use freehold_tenancy::vectors::{Rules, Standing, Strategy};
    ///
    /// let (shared_index, iterative) = (true, true);
    /// let small = Standing { rows: 40, own_index: false, shared_index, iterative, ef_search: None, covered: false };
    /// assert_eq!(small.strategy(&Rules::default()), Strategy::Exact);
    /// let large = Standing { rows: 10_000, own_index: true, ..small };
    /// assert_eq!(large.strategy(&Rules::default()), Strategy::OwnIndex);
    /// ```
    pub fn strategy(&self, rules: &Rules) -> Strategy {
        if self.own_index && self.rows >= rules.index_until {
            Strategy::OwnIndex
        } else if rules.shared_index && self.shared_index && self.iterative && self.rows >= rules.index_from {
            Strategy::SharedIndex
        } else {
            Strategy::Exact
        }
    }
}

impl FromRow for Standing {
    fn from_row(row: &Row) -> Result<Self, crate::Error> {
        let note: Option<&str> = row.get(1)?;
        Ok(Self {
            rows: u64::try_from(row.get::<i64>(0)?).unwrap_or_default(),
            own_index: note.is_some(),
            ef_search: note.and_then(Measured::from_note).map(|measured| measured.ef_search),
            shared_index: row.get(2)?,
            iterative: row.get::<Option<&str>>(3)?.is_some_and(is_iterative),
            covered: row.get(4)?,
        })
    }
}

/// Whether a version of pgvector has iterative scans.
fn is_iterative(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default()) >= (0, 8)
}

impl Space {
    /// What the handle's tenant has: counted now, or remembered for up to [`Rules::recount_after`].
    ///
    /// # Errors
    /// [`VectorError::NoTenant`] for a handle without tenant, [`VectorError::Standing`] when the server refuses.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::VectorError;
    /// # freehold_tenancy_ground::with_faces(|ground, acme, faces| async move {
    /// assert_eq!(faces.standing(&acme).await?.rows, 3);
    /// let system = ground.db().await.system("a count of faces")?;
    /// assert!(matches!(faces.standing(&system).await, Err(VectorError::NoTenant)));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn standing(&self, executor: &impl Execute) -> Result<Standing, VectorError> {
        let tenant = executor.tenant_id().ok_or(VectorError::NoTenant)?;
        if let Some(known) = self.known().get(tenant).await {
            return Ok(known);
        }
        let standing = self.look(executor, tenant).await?;
        self.known().insert(tenant.clone(), standing).await;
        Ok(standing)
    }

    /// Forgets what is known of tenants: the next search of each counts again.
    ///
    /// ```
    /// # use freehold_tenancy::Execute;
    /// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
    /// assert_eq!(faces.standing(&acme).await?.rows, 3);
    /// acme.execute("DELETE FROM faces WHERE id = 3", &[]).await?;
    /// assert_eq!(faces.standing(&acme).await?.rows, 3, "remembered");
    /// faces.forget();
    /// assert_eq!(faces.standing(&acme).await?.rows, 2);
    /// # Ok(())
    /// # });
    /// ```
    pub fn forget(&self) {
        self.known().invalidate_all();
    }

    pub(crate) async fn look(
        &self,
        executor: &impl Execute,
        tenant: &TenantId,
    ) -> Result<Standing, VectorError> {
        let (column, half) = self.searched();
        let enough = i64::try_from(self.options().rules.index_from).unwrap_or(i64::MAX);
        let own = plan::index_name(self, &tenant.to_string());
        let class = self.options().metric.operator_class(half);
        let usual = &executor.tenancy().column;
        let sql = Sql::vouched(self.standing_statement(usual));
        let (covering, ids) = (covering::covering_name(self), &self.options().ids);
        let (table, of_tenant) = (self.table(), self.tenant_column(usual));
        let standing: Standing = executor
            .query_one(sql, &[tenant, &enough, &table, &own, &column, &class, &covering, ids, &of_tenant])
            .await
            .map_err(VectorError::Standing)?;
        let measures = self.options().rules.recall > 0.0;
        Ok(Standing { ef_search: standing.ef_search.filter(|_| measures), ..standing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: Standing = Standing {
        rows: 10_000,
        own_index: true,
        shared_index: true,
        iterative: true,
        ef_search: None,
        covered: false,
    };

    #[test]
    fn a_tenant_is_searched_by_what_it_has() {
        let rules = Rules::default();
        assert_eq!(LARGE.strategy(&rules), Strategy::OwnIndex);
        assert_eq!(Standing { rows: 7_000, ..LARGE }.strategy(&rules), Strategy::OwnIndex);
        assert_eq!(Standing { rows: 6_999, ..LARGE }.strategy(&rules), Strategy::Exact);
        let without = Standing { own_index: false, ..LARGE };
        assert_eq!(without.strategy(&rules), Strategy::SharedIndex);
        assert_eq!(Standing { rows: 9_999, ..without }.strategy(&rules), Strategy::Exact);
        assert_eq!(Standing { iterative: false, ..without }.strategy(&rules), Strategy::Exact);
        assert_eq!(Standing { shared_index: false, ..without }.strategy(&rules), Strategy::Exact);
        assert_eq!(without.strategy(&Rules { shared_index: false, ..rules }), Strategy::Exact);
    }

    #[test]
    fn iterative_scans_came_with_0_8() {
        for (version, wanted) in
            [("0.7.4", false), ("0.8.0", true), ("0.10", true), ("1.0.0", true), ("", false)]
        {
            assert_eq!(is_iterative(version), wanted, "{version}");
        }
    }
}
