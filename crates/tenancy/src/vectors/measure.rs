//! How many candidates a tenant's own index needs to find what lies nearest: measured, and noted with the index.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Execute, Row,
    vectors::{Embedding, Search, Space, Standing, Strategy, VectorError},
};

/// The searches that an index is measured with, at most.
const SEARCHES: usize = 200;
/// So many are made, however long they take.
const FEWEST_SEARCHES: usize = 20;
/// For how long searches are made exactly, which reads all of the tenant's vectors for each.
const PATIENCE: Duration = Duration::from_secs(20);
/// The nearest that are looked for.
const K: usize = 10;
/// The candidates that are tried, upwards. A search keeps at least twice its limit, so that fewer need no trial.
const LADDER: [u32; 10] = [20, 24, 28, 32, 40, 60, 90, 140, 220, 400];
/// What a note begins with, so that another comment on the index is not taken for one.
const MARK: &str = "freehold ";

/// What maintenance measured of a tenant's own index.
///
/// It is noted with the index, as its comment, and every [`Space`] with a [`Rules::recall`](super::Rules::recall) above
/// 0 searches with as many candidates.
///
/// ```
/// # freehold_tenancy_ground::with_faces(|ground, acme, faces| async move {
/// let system = ground.db().await.system("indexes of large tenants")?;
/// let done = faces.maintain(&system, &ground.url("postgres")).await?;
/// let (_, measured) = &done.measured[0];
/// assert_eq!((measured.recall, measured.rows), (1.0, 3));
/// assert_eq!(faces.standing(&acme).await?.ef_search, Some(measured.ef_search));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The candidates kept while searching (`hnsw.ef_search`): the fewest of those tried that found enough, or the most
    /// that were tried.
    pub ef_search: u32,
    /// The share of the ten nearest that was found with them, 0 to 1.
    pub recall: f64,
    /// With how many searches, for vectors of the tenant drawn at random.
    pub searches: usize,
    /// How many vectors the tenant had.
    pub rows: u64,
    /// When.
    pub at: Timestamp,
}

impl Measured {
    /// Reads the comment of an index; nothing where it is another one.
    pub(crate) fn from_note(note: &str) -> Option<Self> {
        let read: Self = serde_json::from_str(note.strip_prefix(MARK)?).ok()?;
        (1..=1000).contains(&read.ef_search).then_some(read)
    }

    /// The comment that says it.
    pub(crate) fn note(&self) -> String {
        let text = serde_json::json!({
            "ef_search": self.ef_search,
            "recall": self.recall,
            "searches": self.searches,
            "rows": self.rows,
            "at": self.at,
        });
        format!("{MARK}{text}")
    }
}

/// A vector that is searched for, and what is right.
struct Sought {
    query: Embedding,
    /// How far the last of the nearest is.
    farthest: f64,
    there: usize,
}

impl Space {
    /// Measures the index of the handle's tenant, who has `rows` vectors.
    ///
    /// To look beyond the sample: the share that is not found has to be half of what [`Rules::recall`](super::Rules)
    /// allows.
    ///
    /// # Errors
    /// As [`Space::search`]; nothing is measured where the tenant has no vectors that can be searched for.
    pub(super) async fn measure(
        &self,
        executor: &impl Execute,
        rows: u64,
    ) -> Result<Option<Measured>, VectorError> {
        let tenant = executor.tenant_id().ok_or(VectorError::NoTenant)?;
        let standing = self.look(executor, tenant).await?;
        let sought = self.sought(executor, standing).await?;
        if sought.is_empty() {
            return Ok(None);
        }
        let enough = 1.0 - (1.0 - self.options().rules.recall) / 2.0;
        let at = Timestamp::now();
        let mut measured = Measured { ef_search: 0, recall: 0.0, searches: sought.len(), rows, at };
        for ef_search in LADDER {
            let standing = Standing { ef_search: Some(ef_search), ..standing };
            let recall = self.share_found(executor, &sought, standing).await?;
            measured = Measured { ef_search, recall, ..measured };
            if recall >= enough {
                break;
            }
        }
        Ok(Some(measured))
    }

    /// Searches exactly for vectors drawn at random.
    async fn sought(&self, executor: &impl Execute, standing: Standing) -> Result<Vec<Sought>, VectorError> {
        let started = Instant::now();
        let mut sought = Vec::with_capacity(SEARCHES);
        for query in self.draw(executor, SEARCHES).await? {
            if sought.len() >= FEWEST_SEARCHES && started.elapsed() > PATIENCE {
                break;
            }
            let exact = Search::nearest(&query, K).by(Strategy::Exact);
            let distances = self.distances(executor, &exact, standing).await?;
            if let Some(farthest) = distances.iter().copied().max_by(f64::total_cmp) {
                sought.push(Sought { query, farthest, there: distances.len() });
            }
        }
        Ok(sought)
    }

    /// How far the hits of a search are; with a standing that is given, not looked up.
    async fn distances(
        &self,
        executor: &impl Execute,
        search: &Search<'_>,
        standing: Standing,
    ) -> Result<Vec<f64>, VectorError> {
        let strategy = search.strategy.unwrap_or(Strategy::Exact);
        let rows = self.nearest(executor, search, strategy, standing).await?;
        let distance = |row: &Row| row.get::<f64>(row.len().saturating_sub(1)).map_err(VectorError::Search);
        let distances = rows.iter().map(distance).collect::<Result<Vec<f64>, _>>()?;
        Ok(distances.into_iter().filter(|distance| !distance.is_nan()).collect())
    }

    async fn share_found(
        &self,
        executor: &impl Execute,
        sought: &[Sought],
        standing: Standing,
    ) -> Result<f64, VectorError> {
        let (mut found, mut there) = (0, 0);
        for one in sought {
            let search = Search::nearest(&one.query, K).by(Strategy::OwnIndex);
            let distances = self.distances(executor, &search, standing).await?;
            let near = distances.iter().filter(|distance| **distance <= one.farthest + 1e-9).count();
            (found, there) = (found + near.min(one.there), there + one.there);
        }
        Ok(if there == 0 { 0.0 } else { found as f64 / there as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written_and_another_comment_is_none() {
        let measured = Measured {
            ef_search: 28,
            recall: 0.9965,
            searches: 200,
            rows: 12_345,
            at: Timestamp::UNIX_EPOCH,
        };
        let note = measured.note();
        assert_eq!(
            note,
            r#"freehold {"at":"1970-01-01T00:00:00Z","ef_search":28,"recall":0.9965,"rows":12345,"searches":200}"#,
            "operators read it in psql's \\di+"
        );
        assert_eq!(Measured::from_note(&note), Some(measured.clone()));
        let senseless = Measured { ef_search: 0, ..measured }.note();
        for other in ["", "made by hand", "freehold ", "freehold {}", senseless.as_str(), &note[1..]] {
            assert_eq!(Measured::from_note(other), None, "{other}");
        }
    }
}
