//! The search within a tenant.

use crate::{
    Execute, FromRow, Param, Row, Sql,
    vectors::{
        Embedding, Space, Standing, Strategy, VectorError,
        statement::{Whose, most_rows},
    },
};

/// What is searched for.
///
/// ```
/// use freehold_tenancy::vectors::{Embedding, Search};
///
/// let photo = Embedding::new(vec![0.6, 0.8])?;
/// let five_similar = Search::nearest(&photo, 5).within(0.4);
/// # Ok::<(), freehold_tenancy::vectors::VectorError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Search<'q> {
    pub(crate) query: &'q Embedding,
    pub(crate) limit: usize,
    pub(crate) farthest: Option<f64>,
    pub(crate) candidates: Option<usize>,
    pub(crate) strategy: Option<Strategy>,
}

impl<'q> Search<'q> {
    /// The `limit` nearest vectors, 1 to [`Space::MOST_HITS`].
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Search, Space, VectorError};
    /// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
    /// let photo = faces.embedding(vec![1.0, 0.0])?;
    /// assert_eq!(faces.search::<(i64,)>(&acme, &Search::nearest(&photo, 2)).await?.hits.len(), 2);
    /// let nothing = faces.search::<(i64,)>(&acme, &Search::nearest(&photo, 0)).await;
    /// assert!(matches!(nothing, Err(VectorError::Limit { given: 0, most: Space::MOST_HITS })));
    /// # Ok(())
    /// # });
    /// ```
    pub fn nearest(query: &'q Embedding, limit: usize) -> Self {
        Self { query, limit, farthest: None, candidates: None, strategy: None }
    }

    /// Only those of the nearest that are at most this far, in the space's metric. For cosine that is 1 minus the
    /// least similarity, for the inner product the least product, negated.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::Search;
    /// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
    /// let photo = faces.embedding(vec![1.0, 0.0])?;
    /// let alike = faces.search::<(i64,)>(&acme, &Search::nearest(&photo, 5).within(0.3)).await?;
    /// assert_eq!(alike.hits.len(), 2, "those with a cosine of at least 0.7");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn within(mut self, farthest: f64) -> Self {
        self.farthest = Some(farthest);
        self
    }

    /// Takes `times` as many candidates by half precision and orders them by the full one. It changes nothing in a
    /// space without both columns.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::Search;
    /// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
    /// let photo = faces.embedding(vec![0.7, 0.7])?;
    /// let found = faces.search::<(i64,)>(&acme, &Search::nearest(&photo, 1).reranked(3)).await?;
    /// assert_eq!(found.hits[0].item.0, 2, "of the three nearest by half precision");
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn reranked(mut self, times: usize) -> Self {
        self.candidates = Some(self.limit.saturating_mul(times.max(1)));
        self
    }

    /// Goes this way, whatever the tenant has: for measuring. What is short of the limit stays short.
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Search, Strategy};
    /// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
    /// let photo = faces.embedding(vec![1.0, 0.0])?;
    /// let exact = Search::nearest(&photo, 3).by(Strategy::Exact);
    /// assert_eq!(faces.search::<(i64,)>(&acme, &exact).await?.strategy, Strategy::Exact);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn by(mut self, strategy: Strategy) -> Self {
        self.strategy = Some(strategy);
        self
    }

    fn check(&self) -> Result<(), VectorError> {
        let wanted = self.candidates.unwrap_or_default().max(self.limit);
        if self.limit == 0 || wanted > Space::MOST_HITS {
            return Err(VectorError::Limit { given: wanted, most: Space::MOST_HITS });
        }
        if self.farthest.is_some_and(f64::is_nan) {
            return Err(VectorError::Threshold);
        }
        Ok(())
    }
}

/// One of the nearest vectors.
///
/// ```
/// use freehold_tenancy::vectors::Hit;
///
/// let hit = Hit { item: (7_i64,), distance: 0.25 };
/// assert_eq!(1.0 - hit.distance, 0.75, "the similarity, where the metric is cosine");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Hit<T> {
    /// What the row was read as: its ids and the further columns of the space, in this order.
    pub item: T,
    /// How far it is, in the space's metric.
    pub distance: f64,
}

/// What a search found.
///
/// ```
/// # use freehold_tenancy::vectors::{Search, Strategy};
/// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
/// let photo = faces.embedding(vec![1.0, 0.0])?;
/// let found = faces.search::<(i64,)>(&acme, &Search::nearest(&photo, 1)).await?;
/// assert_eq!((found.hits[0].item.0, found.strategy), (1, Strategy::Exact));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Found<T> {
    /// The nearest first.
    pub hits: Vec<Hit<T>>,
    /// Which way it went.
    pub strategy: Strategy,
}

impl Space {
    /// The nearest vectors among those of the handle's tenant.
    ///
    /// As many as the limit are found when there are as many: an index that gives fewer (after many deletions) is
    /// followed by an exact search. The threshold is applied to the nearest afterwards, so that it can't make an index
    /// look through everything. `T` reads the id columns and the further columns, by position or by name.
    ///
    /// # Errors
    /// [`VectorError`]; what is wrong with the vector, the limit or the threshold is found before anything is sent.
    ///
    /// ```
    /// # use freehold_tenancy::{FromRow, vectors::{Search, Space, SpaceOptions}};
    /// #[derive(FromRow)]
    /// struct Face {
    ///     id: i64,
    ///     name: String,
    /// }
    /// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
    ///
    /// let faces = Space::new(SpaceOptions { also: vec!["name".to_owned()], ..faces.options().clone() })?;
    /// let photo = faces.embedding(vec![0.9, 0.1])?;
    /// let found = faces.search::<Face>(&acme, &Search::nearest(&photo, 5).within(0.4)).await?;
    /// assert_eq!((found.hits[0].item.id, found.hits[0].item.name.as_str()), (1, "Ada"));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn search<T: FromRow + Send>(
        &self,
        executor: &impl Execute,
        search: &Search<'_>,
    ) -> Result<Found<T>, VectorError> {
        search.check()?;
        self.check(search.query)?;
        let standing = self.standing(executor).await?;
        let mut strategy = search.strategy.unwrap_or_else(|| standing.strategy(&self.options().rules));
        let mut rows = self.nearest(executor, search, strategy, standing).await?;
        let there = usize::try_from(standing.rows).unwrap_or(usize::MAX);
        if strategy != Strategy::Exact && search.strategy.is_none() && rows.len() < search.limit.min(there) {
            strategy = Strategy::Exact;
            rows = self.nearest(executor, search, strategy, standing).await?;
        }
        let mut hits = Vec::with_capacity(rows.len());
        for row in &rows {
            let distance: f64 = row.get(row.len().saturating_sub(1)).map_err(VectorError::Search)?;
            if distance.is_nan() || search.farthest.is_some_and(|farthest| distance > farthest) {
                continue;
            }
            hits.push(Hit { item: T::from_row(row).map_err(VectorError::Search)?, distance });
        }
        // An iterative scan in relaxed order gives rows nearly in order.
        hits.sort_by(|one, other| one.distance.total_cmp(&other.distance));
        Ok(Found { hits, strategy })
    }

    /// The rows of a search that goes one way.
    pub(crate) async fn nearest(
        &self,
        executor: &impl Execute,
        search: &Search<'_>,
        strategy: Strategy,
        standing: Standing,
    ) -> Result<Vec<Row>, VectorError> {
        let tenant = executor.tenant_id().ok_or(VectorError::NoTenant)?;
        let candidates = search.candidates.filter(|_| {
            let options = self.options();
            options.half.is_some() && options.full.is_some()
        });
        let wanted = candidates.unwrap_or(search.limit);
        let whose = match strategy {
            Strategy::Exact
                if standing.covered && (candidates.is_some() || !self.options().also.is_empty()) =>
            {
                Whose::Covered { most: most_rows(wanted) }
            }
            Strategy::Exact => Whose::Bound { fenced: true },
            Strategy::SharedIndex => Whose::Bound { fenced: false },
            Strategy::OwnIndex => Whose::Written { tenant, most: most_rows(wanted) },
        };
        let sql = self.search_statement(&executor.tenancy().column, whose, candidates.is_some());
        let sql = Sql::vouched(sql);
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let (first, limit) = (count(wanted), count(search.limit));
        let mut params: Vec<Param<'_>> = Vec::with_capacity(5);
        if !matches!(whose, Whose::Written { .. }) {
            params.push(tenant);
        }
        params.extend([search.query as Param<'_>, &first]);
        if candidates.is_some() {
            params.extend([search.query as Param<'_>, &limit]);
        }
        let settings = self.settings(strategy, standing, wanted);
        executor.read_with(&settings, &sql, &params).await.map_err(VectorError::Search)
    }

    /// A plan is kept where one plan fits every search: for exact search, and where the statement names its tenant.
    /// For an index that tenants share the server plans each time, so that it looks at the tenant's partition alone.
    fn settings(&self, strategy: Strategy, standing: Standing, wanted: usize) -> Vec<(&'static str, String)> {
        let rules = &self.options().rules;
        let (plan, usual) = match strategy {
            Strategy::Exact => return vec![("plan_cache_mode", "force_generic_plan".to_owned())],
            Strategy::OwnIndex => ("force_generic_plan", standing.ef_search.unwrap_or(rules.ef_search)),
            Strategy::SharedIndex => ("force_custom_plan", rules.ef_search),
        };
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        let ef = usual.max(wanted.saturating_mul(2)).min(1000);
        let mut settings = vec![("plan_cache_mode", plan.to_owned()), ("hnsw.ef_search", ef.to_string())];
        if standing.iterative {
            settings.push(("hnsw.iterative_scan", "relaxed_order".to_owned()));
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_means_nothing_is_refused() {
        let query = Embedding::new(vec![1.0]).unwrap();
        assert!(matches!(Search::nearest(&query, 0).check(), Err(VectorError::Limit { given: 0, .. })));
        assert!(Search::nearest(&query, 10_000).check().is_ok());
        assert!(matches!(
            Search::nearest(&query, 10_001).check(),
            Err(VectorError::Limit { given: 10_001, most: 10_000 })
        ));
        assert!(Search::nearest(&query, 1_001).reranked(10).check().is_err());
        assert!(matches!(Search::nearest(&query, 1).within(f64::NAN).check(), Err(VectorError::Threshold)));
        assert!(Search::nearest(&query, 1).within(f64::INFINITY).check().is_ok());
    }
}
