//! The rehearsal: each migration in order, observed, tried back and forth, and left applied.
//!
//! For a migration that runs in transactions the up is observed and committed, then `BEGIN; down; up; ROLLBACK` is run
//! with the catalog read in between; the scratch database then stands where it stood. Where rows are at stake or time
//! is a question, the up is rolled back first and tried with rows in place. PostgreSQL's transactional DDL is the fork:
//! it costs nothing. A second up that is refused there for a reason which a commit in between could mend (new enum
//! values, pending trigger events) is tried once more in committed transactions before it is reported. Scripts that cannot run in a transaction are run
//! for real and watched from a second session; the state is rebuilt from a checkpoint when their down did not
//! restore it.

mod apart;
mod apply;
mod attempt;
mod growth;
mod marks;
mod names;
mod plain;
mod refuse;
mod repeat;
mod roles;
mod rows;
mod settings;
mod trial;
mod world;

use std::{sync::Arc, time::Duration};

use freehold_model::{
    catalog::{Catalog, Difference},
    name::QualifiedName,
};
use freehold_sandbox::Server;

use crate::{
    error::RehearsalError,
    observation::{Refusal, StepRun},
    step::{Course, Step},
};
use world::World;

pub use attempt::{Attempt, Attempted, attempt};
pub use plain::{PlainRun, plain};
pub use repeat::{RepeatRefused, Standing, repeat, standing};

/// Which statements are timed on filled tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// None.
    None,
    /// Those of the newest migrations that have any to time, this many.
    Newest(usize),
    /// All.
    All,
}

/// How a rehearsal is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The longest that one statement of a script may take.
    pub statement_limit: Duration,
    /// Which statements are timed on filled tables.
    pub measure: Measure,
    /// Rows in the smaller and the larger of the two tables that a statement is timed on.
    pub measure_rows: (u64, u64),
    /// Rows put into tables whose rows a script could lose; with 0 that is not tried.
    pub witness_rows: u64,
    /// SQL that is run on every fresh scratch database before the first step.
    pub prelude: Vec<Prelude>,
}

/// SQL that stands for what the migrations find in place: roles, schemas, extensions of a hosting service.
#[derive(Debug, Clone)]
pub struct Prelude {
    /// What it is called in errors.
    pub name: String,
    /// Its text, one or several statements.
    pub sql: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            statement_limit: Duration::from_secs(60),
            measure: Measure::Newest(20),
            measure_rows: (2_000, 20_000),
            witness_rows: 3,
            prelude: Vec::new(),
        }
    }
}

/// Everything that was seen.
#[derive(Debug)]
pub struct Rehearsal {
    /// One entry for each step that was begun, in order.
    pub steps: Vec<StepRun>,
    /// The step whose up was refused, so that nothing after it could be tried. A step that was refused after others
    /// had been left out does not end the rehearsal.
    pub stopped_at: Option<usize>,
    /// The catalog after the last step.
    pub catalog: Arc<Catalog>,
}

/// Rehearses the steps in order on a scratch database of the server; `tell` is called before each step.
///
/// # Errors
/// When a statement runs out of time, ends its session, or reaches beyond the scratch database; when an extension is
/// missing, the disk is full, or the sandbox fails. What a script's own mistakes make the server refuse is no error:
/// it is in the result.
pub async fn rehearse(
    server: &Server,
    steps: &[Step],
    options: &Options,
    tell: &(dyn Fn(usize, &Step) + Sync),
) -> Result<Rehearsal, RehearsalError> {
    refuse::unrehearsable(steps, matches!(server, Server::Given(_)))?;
    let mut world = World::open(server, steps, options).await?;
    let outcome = walk(&mut world, steps, options, tell).await;
    let closed = world.close().await;
    let rehearsal = outcome?;
    closed?;
    Ok(rehearsal)
}

async fn walk(
    world: &mut World<'_>,
    steps: &[Step],
    options: &Options,
    tell: &(dyn Fn(usize, &Step) + Sync),
) -> Result<Rehearsal, RehearsalError> {
    let mut runs = Vec::with_capacity(steps.len());
    let mut stopped_at = None;
    let timed = growth::timed_steps(steps, options.measure);
    for (number, step) in steps.iter().enumerate() {
        tell(number, step);
        let run = rehearse_step(world, number, step, timed.contains(&number)).await?;
        // What a migration in another language would have made is missing: what fails for that is no proof.
        let ends = run.up.refused.is_some() && step.left_out_before.is_empty();
        if run.up.refused.is_some() {
            world.pass_over(number);
        }
        runs.push(run);
        if ends {
            stopped_at = Some(number);
            break;
        }
    }
    let catalog = world.catalog().await?;
    Ok(Rehearsal { steps: runs, stopped_at, catalog })
}

async fn rehearse_step(
    world: &mut World<'_>,
    number: usize,
    step: &Step,
    timed: bool,
) -> Result<StepRun, RehearsalError> {
    let major = world.major();
    let up = step.up.course(major);
    let mut run = match up {
        Course::OneTransaction { first, last } => {
            trial::step(world, number, step, first..last, timed).await?
        }
        Course::Separately { .. } => apart::step(world, number, step).await?,
    };
    if let (Some(before), Some(after)) = (&run.before, &run.after_up) {
        let made = before.differences(after);
        run.time_dependent_names = names::taken_from_the_clock(&made, step);
        let known = invalid_indexes(before);
        run.invalid_indexes =
            invalid_indexes(after).into_iter().filter(|name| !known.contains(name)).collect();
    }
    Ok(run)
}

/// The indexes that the server keeps up to date and does not use.
fn invalid_indexes(catalog: &Catalog) -> Vec<String> {
    catalog
        .relations
        .iter()
        .flat_map(|relation| relation.indexes.iter().map(move |index| (relation, index)))
        .filter(|(_, index)| !index.valid)
        .map(|(relation, index)| {
            QualifiedName::new(relation.name.schema.clone(), index.name.clone()).to_string()
        })
        .collect()
}

/// What came of a down and an up after it.
#[derive(Debug, Default)]
struct ThereAndBack {
    down: Option<crate::observation::ScriptRun>,
    down_differences: Vec<Difference>,
    after_reapply: Option<Arc<Catalog>>,
    reapply_refused: Option<Refusal>,
}

impl ThereAndBack {
    /// True when both the down and the second up ran.
    fn complete(&self) -> bool {
        self.after_reapply.is_some()
    }

    /// True when the second up was refused in the down's transaction by something that a commit in between can mend: a
    /// new enum value, pending trigger events, snapshots. What exists already, is missing, depended on or violated
    /// (SQLSTATE classes 22, 23, 2B, 42) stays so.
    fn could_differ_when_committed(&self) -> bool {
        self.reapply_refused.as_ref().is_some_and(|refusal| {
            refusal.error.sqlstate().is_none_or(|state| !["22", "23", "2B", "42"].contains(&state.class()))
        })
    }

    /// Puts this into the step's record, comparing with the catalog after the first up.
    fn record(self, run: &mut StepRun) {
        run.went_there_and_back = self.complete();
        if let (Some(first), Some(second)) = (&run.after_up, &self.after_reapply) {
            run.reapply_differences = first.differences(second);
        }
        run.down = self.down;
        run.down_differences = self.down_differences;
        run.reapply_refused = self.reapply_refused;
    }
}
