//! The numbers by which a space chooses between exact search and indexes.

use std::time::Duration;

use crate::vectors::VectorError;

/// When tenants get an index of their own, and how it is asked.
///
/// ```
/// use freehold_tenancy::vectors::Rules;
///
/// let rules = Rules { most_indexes: 8, ..Rules::default() };
/// assert_eq!(rules.index_from, 10_000);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Rows of a tenant from which on it gets an index of its own. Below, exact search is as quick, and exact.
    pub index_from: u64,
    /// Rows below which the index is left and dropped again. Less than `index_from`, so that a tenant on the border
    /// does not have its index built day after day.
    pub index_until: u64,
    /// The most tenants of one table with an index of their own; the largest come first. Every statement on the table
    /// looks at all of its indexes while it is planned, and every index is one more file to keep.
    pub most_indexes: usize,
    /// HNSW's `m`: neighbours kept for each row, 2 to 100. In the graph of one tenant few that were well chosen are found
    /// quicker than many: each neighbour is a page to look at.
    pub m: u32,
    /// HNSW's `ef_construction`: candidates looked at while a row is put in, at least twice `m`, up to 1,000. Many choose
    /// the neighbours well.
    pub ef_construction: u32,
    /// HNSW's `ef_search`: candidates kept while searching, 1 to 1,000, where nothing was measured (in an index that
    /// tenants share, for example). At least twice the limit of the search is taken.
    pub ef_search: u32,
    /// The share of the ten nearest that a tenant's own index has to find, 0 to below 1. Maintenance measures how many
    /// candidates that takes in each, and notes it with the index; 0 measures nothing.
    pub recall: f64,
    /// After how long an index is measured again, whatever became of its tenant's rows.
    pub measure_after: Duration,
    /// Vectors of a tenant that is searched exactly from which on it matters whether its rows lie together. If they lie
    /// apart, among other tenants' (as rows do that came one by one), maintenance makes a covering index: a copy of the
    /// ids and vectors, ordered by tenant, which exact search reads in their place. It takes as much room as the
    /// vectors do, and every write writes it too. It is made only where every row is sure to fit: up to about 1,300
    /// dimensions of a halfvec and 650 of a vector, and ids of bounded length. `u64::MAX` makes none.
    pub covering_from: u64,
    /// The share of a table's rows, 0 or more, that may have been written or deleted since its last vacuum before
    /// maintenance vacuums it, where there is a covering index: for rows on pages that vacuum has not seen since,
    /// the table is read all the same. Autovacuum by itself waits for a fifth. Infinity leaves it to that.
    pub vacuum_after: f64,
    /// For how long a tenant's count of rows and its index are taken as known; a day at most.
    pub recount_after: Duration,
    /// Whether a large tenant without an index of its own may use an index over the whole column (or over each HASH
    /// partition) by iterative scan, where there is one. If not, it is searched exactly.
    pub shared_index: bool,
    /// `maintenance_work_mem` while an index is built, in MiB: a graph that does not fit is built many times slower.
    pub build_memory_mib: u32,
    /// Further processes that help to build an index.
    pub build_workers: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            index_from: 10_000,
            index_until: 7_000,
            most_indexes: 32,
            m: 8,
            ef_construction: 128,
            ef_search: 40,
            recall: 0.99,
            measure_after: Duration::from_secs(86_400),
            covering_from: 500,
            vacuum_after: 0.02,
            recount_after: Duration::from_secs(60),
            shared_index: true,
            build_memory_mib: 512,
            build_workers: 1,
        }
    }
}

impl Rules {
    pub(crate) fn check(&self) -> Result<(), VectorError> {
        let refused = |what, why| Err(VectorError::Space { what, why });
        if self.index_until > self.index_from {
            return refused("rules.index_until", "is above index_from");
        }
        if !(2..=100).contains(&self.m) {
            return refused("rules.m", "is not 2 to 100");
        }
        if self.ef_construction < 2 * self.m || self.ef_construction > 1000 {
            return refused("rules.ef_construction", "is not twice m to 1000");
        }
        if !(1..=1000).contains(&self.ef_search) {
            return refused("rules.ef_search", "is not 1 to 1000");
        }
        if !(0.0..1.0).contains(&self.recall) {
            return refused("rules.recall", "is not 0 to below 1");
        }
        if self.vacuum_after.is_nan() || self.vacuum_after < 0.0 {
            return refused("rules.vacuum_after", "is not 0 or more");
        }
        if !(1..=1_000_000).contains(&self.build_memory_mib) {
            return refused("rules.build_memory_mib", "is not 1 to 1000000");
        }
        if self.recount_after > Duration::from_secs(86_400) {
            return refused("rules.recount_after", "is above a day");
        }
        if self.build_workers > 64 {
            return refused("rules.build_workers", "is above 64");
        }
        Ok(())
    }
}
