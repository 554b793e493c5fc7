//! How much of what lies nearest a search really finds.

use crate::{
    Execute, FromRow, Row, Sql,
    vectors::{Embedding, Search, Space, Strategy, VectorError},
};

/// The searches that the recall is measured with.
///
/// ```
/// # use freehold_tenancy::vectors::Sample;
/// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
/// let searched_for = [faces.embedding(vec![0.9, 0.1])?, faces.embedding(vec![0.1, 0.9])?];
/// let measured = faces.recall_at_k(&acme, Sample::Queries(&searched_for), 2).await?;
/// assert_eq!((measured.recall, measured.searches), (1.0, 2));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Sample<'q> {
    /// So many of the tenant's own vectors, drawn at random. Each finds itself first.
    Drawn(usize),
    /// Vectors that were really searched for.
    Queries(&'q [Embedding]),
}

/// What was found of what lies nearest.
///
/// ```
/// use freehold_tenancy::vectors::{Recall, Strategy};
///
/// let measured = Recall { recall: 0.996, worst: 0.9, searches: 50, strategy: Strategy::OwnIndex };
/// assert!(measured.recall > 0.99, "else build better graphs: Rules::ef_construction, Rules::m");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Recall {
    /// The share of the nearest that was found, 0 to 1.
    pub recall: f64,
    /// The least that one of the searches found.
    pub worst: f64,
    /// How many searches were made.
    pub searches: usize,
    /// Which way they went.
    pub strategy: Strategy,
}

/// Any row; only the distances count.
struct Anything;

impl FromRow for Anything {
    fn from_row(_row: &Row) -> Result<Self, crate::Error> {
        Ok(Self)
    }
}

impl Space {
    /// Makes each search of the sample twice for the `k` nearest, as [`Space::search`] would and exactly, and compares.
    ///
    /// A hit counts when it is no farther than the farthest of the exact ones, so that vectors which lie equally far
    /// can stand for each other. Each exact search reads all of the tenant's vectors.
    ///
    /// # Errors
    /// [`VectorError::NoSample`] when there is nothing to search with or nothing to find; else as [`Space::search`].
    ///
    /// ```
    /// # use freehold_tenancy::vectors::{Sample, Strategy};
    /// # freehold_tenancy_ground::with_faces(|_ground, acme, faces| async move {
    /// let measured = faces.recall_at_k(&acme, Sample::Drawn(50), 10).await?;
    /// assert_eq!((measured.recall, measured.strategy), (1.0, Strategy::Exact));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn recall_at_k(
        &self,
        executor: &impl Execute,
        sample: Sample<'_>,
        k: usize,
    ) -> Result<Recall, VectorError> {
        let drawn;
        let queries = match sample {
            Sample::Queries(queries) => queries,
            Sample::Drawn(count) => {
                drawn = self.draw(executor, count).await?;
                drawn.as_slice()
            }
        };
        let (mut found, mut there, mut worst, mut searches) = (0, 0, 1.0_f64, 0);
        let mut strategy = Strategy::Exact;
        for query in queries {
            let exact = Search::nearest(query, k).by(Strategy::Exact);
            let exact = self.search::<Anything>(executor, &exact).await?.hits;
            let Some(last) = exact.last() else { continue };
            let usual = self.search::<Anything>(executor, &Search::nearest(query, k)).await?;
            strategy = usual.strategy;
            let farthest = last.distance + 1e-9;
            let near = usual.hits.iter().filter(|hit| hit.distance <= farthest).count().min(exact.len());
            (found, there, searches) = (found + near, there + exact.len(), searches + 1);
            worst = worst.min(near as f64 / exact.len() as f64);
        }
        if there == 0 {
            return Err(VectorError::NoSample);
        }
        Ok(Recall { recall: found as f64 / there as f64, worst, searches, strategy })
    }

    pub(super) async fn draw(
        &self,
        executor: &impl Execute,
        count: usize,
    ) -> Result<Vec<Embedding>, VectorError> {
        let tenant = executor.tenant_id().ok_or(VectorError::NoTenant)?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let sql = Sql::vouched(self.draw_statement(&executor.tenancy().column));
        let rows: Vec<(Embedding,)> =
            executor.query(sql, &[tenant, &count]).await.map_err(VectorError::Draw)?;
        Ok(rows
            .into_iter()
            .map(|(embedding,)| embedding)
            .filter(|embedding| self.check(embedding).is_ok())
            .collect())
    }
}
