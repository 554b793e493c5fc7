//! `freehold seed`: fills a development database with rows of several tenants.

mod choose;
mod error;
mod show;

use std::collections::BTreeMap;

use freehold_db::{
    Session,
    catalog::{CatalogReader, read_roles},
};
use freehold_model::catalog::Catalog;
use freehold_synth::{Populated, Population, populate_telling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    migrate::{
        destination::Destination,
        policy::{Ground, Policy},
    },
    progress::Progress,
    report::{Outcome, Tool},
    settings::Settings,
};

pub use error::SeedError;

/// What to fill, and with how much.
#[derive(Debug, Clone)]
pub struct Request {
    /// The database, which was named for being written to.
    pub destination: Destination,
    /// What `freehold.toml` says.
    pub settings: Settings,
    /// How many tenants.
    pub tenants: u32,
    /// Rows of each tenant in each table.
    pub rows: u64,
    /// The exponent of Zipf's law over the tenants.
    pub skew: Option<f64>,
    /// The same seed makes the same rows.
    pub seed: u64,
    /// The only tables to fill, with those that they point to; empty: all.
    pub tables: Vec<String>,
    /// Tables may have rows already.
    pub append: bool,
    /// The schema's triggers run.
    pub triggers: bool,
    /// Everything is rolled back at the end.
    pub dry_run: bool,
}

/// What was filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeedReport {
    /// The version of this shape: 1.
    pub version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// The database, without a password.
    pub database: String,
    /// False after a dry run: nothing is kept.
    pub kept: bool,
    /// How tenants are told apart, as sentences.
    pub tenancy: Vec<String>,
    /// The key of each tenant.
    pub tenants: Vec<String>,
    /// The tables and their partitions, in the order in which they were filled.
    pub tables: Vec<SeedTable>,
    /// What could not be filled for all tenants, and which constraint refused.
    pub unfilled: Vec<String>,
    /// Milliseconds.
    pub duration_ms: u64,
}

/// A table that was filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeedTable {
    /// Its name.
    pub table: String,
    /// How many rows it got.
    pub rows: u64,
    /// A partition: its rows are among those of its table.
    pub partition: bool,
    /// What is to be said of it: that all tenants share it, or which tenants have no rows.
    pub note: Option<String>,
}

impl SeedReport {
    /// Not verified when something was left unfilled.
    pub fn outcome(&self) -> Outcome {
        if self.unfilled.is_empty() { Outcome::Clean } else { Outcome::NotVerified }
    }

    /// For people.
    pub fn to_human(&self) -> String {
        show::human(self)
    }

    /// For programs.
    pub fn to_json(&self) -> String {
        crate::render::json_text(self)
    }
}

/// Refuses what matters; a database that is called production is not for made-up rows, whatever one knows.
///
/// # Errors
/// When the environment or the address says production.
pub fn permit(destination: &Destination) -> Result<(), SeedError> {
    let policy = Policy::of(destination);
    let production = destination.settings.production || policy.judges();
    match policy.ground {
        Ground::Nothing => Ok(()),
        _ if !production => Ok(()),
        ground => Err(SeedError::Production { ground: ground.to_string() }),
    }
}

/// Fills the database, in one transaction.
///
/// # Errors
/// When the database is not to be written to, cannot be reached, has rows already, or what was asked for is not there.
pub async fn run(request: &Request, progress: &dyn Progress) -> Result<SeedReport, SeedError> {
    permit(&request.destination)?;
    let start = std::time::Instant::now();
    let server = |doing: &'static str| SeedError::server(doing);
    progress.phase("Reading the schema", None);
    let session = Session::open(&request.destination.to).await.map_err(server("connecting"))?;
    let catalog = CatalogReader::new().read(&session).await.map_err(server("reading the schema"))?;
    let roles = read_roles(&session).await.map_err(server("reading the roles"))?;
    let chosen = choose::population(request, &catalog, &roles)?;
    let filled = choose::with_rows(&session, &catalog, &chosen.population).await?;
    if !request.append && !filled.is_empty() {
        return Err(SeedError::NotEmpty { tables: filled });
    }
    session.run("BEGIN").await.map_err(server("beginning"))?;
    let total = freehold_synth::planned(&catalog, &chosen.population).len() as u64;
    progress.phase("Filling tables", Some(total));
    let populated = populate_telling(&session, &catalog, &chosen.population, &|relation| {
        progress.step(&relation.name.to_string());
    })
    .await
    .map_err(Box::new)?;
    let end = if request.dry_run { "ROLLBACK" } else { "COMMIT" };
    session.run(end).await.map_err(server("committing the rows"))?;
    if !request.dry_run {
        progress.phase("Analysing tables", None);
        analyse(&session, &catalog, &populated).await?;
    }
    progress.done();
    Ok(SeedReport {
        version: 1,
        tool: Tool { name: "freehold".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        database: request.destination.to.to_string(),
        kept: !request.dry_run,
        tenancy: chosen.said,
        tables: tables(&catalog, &chosen.population, &populated),
        unfilled: populated.unsatisfied.iter().map(ToString::to_string).collect(),
        tenants: populated.tenants,
        duration_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// The planner would else believe the tables empty.
async fn analyse(session: &Session, catalog: &Catalog, populated: &Populated) -> Result<(), SeedError> {
    let names: Vec<String> = populated
        .tables
        .iter()
        .filter(|(_, rows)| *rows > 0)
        .filter_map(|(oid, _)| catalog.relation_by_oid(*oid))
        .map(|relation| relation.name.quoted())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    session
        .run(&format!("ANALYZE {}", names.join(", ")))
        .await
        .map_err(SeedError::server("analysing the tables"))
}

fn tables(catalog: &Catalog, population: &Population, populated: &Populated) -> Vec<SeedTable> {
    let mut notes: BTreeMap<u32, String> = BTreeMap::new();
    for oid in &population.shared {
        notes.insert(*oid, "shared by all tenants".to_owned());
    }
    for (oid, why) in &populated.shared {
        notes.insert(*oid, format!("shared by all tenants after all: {why}"));
    }
    for (oid, why) in &populated.partly {
        notes.insert(*oid, why.clone());
    }
    let one = |(oid, rows): &(u32, u64)| {
        let relation = catalog.relation_by_oid(*oid)?;
        Some(SeedTable {
            table: relation.name.to_string(),
            rows: *rows,
            partition: relation.partition.is_some(),
            note: notes.get(oid).cloned(),
        })
    };
    populated.tables.iter().filter_map(one).collect()
}
