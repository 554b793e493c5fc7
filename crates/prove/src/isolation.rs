//! The proof that no tenant reaches another's rows: every way to reach a relation is tried, as the application, with rows
//! of three tenants in place.
//!
//! A [`World`] is a copy of a scratch database with rows of tenants A, B and C, and a second copy in which only A's
//! are left. A *way* ([`ways`]) is one manner of reaching across; tried on a *target* it gives an [`Outcome`], and the
//! outcomes are the cells of the [`Matrix`]. Every trial is a transaction that is rolled back. A cell is held only when
//! something was run that would have shown a leak.

mod batch;
mod error;
pub mod fix;
mod live;
mod matrix;
pub mod mutate;
mod outcome;
pub mod rules;
mod target;
mod tenancy;
mod trial;
mod way;
pub mod ways;
mod world;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use freehold_model::catalog::Catalog;
use freehold_sandbox::{Scratch, Server};

pub use batch::{Attempt, Attempts, Batch};
pub use error::IsolationError;
pub use live::{LiveOptions, live};
pub use matrix::{Cell, Matrix, Unfilled};
pub use outcome::{Leak, Outcome};
pub use target::{Target, TargetKind};
pub use tenancy::{Membership, Ownership, Tenancy};
pub use trial::{Answer, Refused, Seen, Trial, Who, send};
pub use way::{Family, Outcomes, Way};
pub use world::{HandedOn, Privileges, Truth, TruthRow, World};

/// How the proof is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// Rows of each tenant in each table.
    pub rows: u64,
    /// What the rows are made from; the same seed gives the same rows.
    pub seed: u64,
    /// The longest that one statement of a trial may take, in milliseconds.
    pub statement_limit_ms: u64,
    /// Only ways whose id begins with one of these; all where empty.
    pub ways: Vec<String>,
    /// A pooler in front of a server, to which two tenants are sent.
    pub pooler: Option<freehold_db::ConnectTo>,
}

impl Default for Options {
    fn default() -> Self {
        Self { rows: 3, seed: 1, statement_limit_ms: 10_000, ways: Vec::new(), pooler: None }
    }
}

/// Tries every way on every target. `from` is a scratch database with the schema in place, on which no session is open;
/// it is copied and stays as it is. `tell` is told the target that is tried next, with its number and their count.
///
/// # Errors
/// When the copies cannot be made, or a session is lost. What cannot be tried is a cell that says so.
pub async fn prove(
    server: &Server,
    from: &Scratch,
    catalog: &Arc<Catalog>,
    tenancy: &Tenancy,
    options: &Options,
    tell: &(dyn Fn(usize, usize, &str) + Sync),
) -> Result<Matrix, IsolationError> {
    let begun = Instant::now();
    let world = Box::pin(World::open(server, from, catalog, tenancy, options)).await?;
    let outcome = Box::pin(probe(&world, tell)).await;
    let outcome = outcome.map(|(targets, cells)| Matrix {
        targets,
        cells,
        tenants: world.tenants.clone(),
        unfilled: world.unfilled.clone(),
        said: world.said.clone(),
        role: world.role.clone(),
        role_was_made: world.role_was_made,
        effective_role: (!world.role_was_made).then(|| world.effective_role.clone()),
        may_write: world.written().collect(),
        trials: world.trials(),
        took: Duration::ZERO,
    });
    let closed = world.close().await;
    let mut matrix = outcome?;
    closed?;
    matrix.took = begun.elapsed();
    Ok(matrix)
}

/// A copy of `from` with rows of three tenants in every table, for trying a change on. The caller removes it.
///
/// # Errors
/// When it cannot be made.
pub async fn peopled(
    server: &Server,
    from: &Scratch,
    catalog: &Arc<Catalog>,
    tenancy: &Tenancy,
    options: &Options,
) -> Result<Scratch, IsolationError> {
    world::peopled(server, from, catalog, tenancy, options).await
}

async fn probe(
    world: &World<'_>,
    tell: &(dyn Fn(usize, usize, &str) + Sync),
) -> Result<(Vec<Target>, Vec<Cell>), IsolationError> {
    let targets = target::all(world);
    let mut cells = Vec::new();
    for (number, target) in targets.iter().enumerate() {
        tell(number, targets.len(), &target.name);
        for way in ways::WAYS.iter().filter(|way| way.is_wanted(&world.options.ways)) {
            for outcome in
                (way.run)(world, target).await?.into_iter().filter(|came| !is_parents(world, target, came))
            {
                cells.push(Cell { target: number, way, outcome });
            }
        }
    }
    Ok((targets, cells))
}

/// True for a trial that a partition has no rows for because each of its kind holds whole tenants: what it asks is asked of
/// the parent, whose cells say it.
fn is_parents(world: &World<'_>, target: &Target, outcome: &Outcome) -> bool {
    let Outcome::NotTried { why } = outcome else { return false };
    let Some(relation) = target.relation(world).filter(|relation| relation.partition.is_some()) else {
        return false;
    };
    let has_rows = world.truth(relation.oid).is_some_and(|truth| truth.foreign_to(0).next().is_some());
    has_rows && world.lacks_rows(relation).as_ref() == Some(why)
}
