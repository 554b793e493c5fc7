//! Does a statement's time grow with the rows? It is timed on its table filled to two sizes.
//!
//! Timed are statements that hold up reads or writes on a table that was there and that work through its rows.
//! The line through the two points gives seconds per million rows; the shorter of two runs counts at each size, since
//! whatever else the machine does only ever adds time.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    time::Duration,
};

use freehold_model::{
    catalog::Catalog,
    lock::{Blocks, LockMode},
};

use super::{
    Measure,
    rows::{chain, said},
    world::World,
};
use crate::{
    error::RehearsalError,
    observation::{Growth, Measured, Observed, RelationSeen, ScriptRun},
    send::{Trouble, send},
    step::Step,
};

/// The numbers of the steps whose statements are timed.
pub(super) fn timed_steps(steps: &[Step], measure: Measure) -> Range<usize> {
    match measure {
        Measure::None => 0..0,
        Measure::Newest(count) => steps.len().saturating_sub(count)..steps.len(),
        Measure::All => 0..steps.len(),
    }
}

/// True when the time of any statement is a question.
pub(super) fn has_questions(up: &ScriptRun) -> bool {
    !questions(up).is_empty()
}

/// The statements whose time is a question, each with the table that it holds up and works through.
fn questions(up: &ScriptRun) -> BTreeMap<usize, RelationSeen> {
    let mut strongest: BTreeMap<u32, LockMode> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for observed in &up.statements {
        let writes: BTreeSet<u32> = observed
            .locks
            .iter()
            .filter(|lock| lock.mode == LockMode::RowExclusive)
            .map(|lock| lock.relation.oid)
            .chain(observed.rows.iter().map(|rows| rows.relation.oid))
            .collect();
        let held_before = strongest.clone();
        for lock in &observed.locks {
            let mode = strongest.entry(lock.relation.oid).or_insert(lock.mode);
            *mode = (*mode).max(lock.mode);
        }
        let holds_up = |modes: &BTreeMap<u32, LockMode>, oid: u32| {
            modes.get(&oid).is_some_and(|mode| mode.blocks() >= Blocks::Writes)
        };
        let worked = worked_through(observed).into_iter().find(|relation| holds_up(&strongest, relation.oid));
        // Rows that are written under a lock which an earlier statement took.
        let written = observed
            .locks
            .iter()
            .map(|lock| &lock.relation)
            .chain(observed.rows.iter().map(|rows| &rows.relation))
            .find(|relation| {
                relation.holds_rows()
                    && writes.contains(&relation.oid)
                    && holds_up(&held_before, relation.oid)
            });
        if let Some(relation) = worked.or_else(|| written.cloned()) {
            found.insert(observed.index, relation);
        }
    }
    found
}

fn worked_through(observed: &Observed) -> Vec<RelationSeen> {
    observed
        .rewrites
        .iter()
        .chain(observed.index_builds.iter().map(|build| &build.relation))
        .chain(&observed.scans)
        .cloned()
        .collect()
}

/// Times the statements in question and writes the answers into the run.
pub(super) async fn measure(
    world: &World<'_>,
    step: &Step,
    up: Range<usize>,
    run: &mut ScriptRun,
    before: &Catalog,
) -> Result<(), RehearsalError> {
    let questions = questions(run);
    if questions.is_empty() {
        return Ok(());
    }
    let relations: BTreeMap<u32, RelationSeen> = questions.values().map(|r| (r.oid, r.clone())).collect();
    let (small, large) = world.options().measure_rows;
    let mut times = Vec::new();
    for size in [small, large] {
        world.run("BEGIN", "open the transaction of a measurement").await?;
        let timed = at_size(world, step, up.clone(), &relations, before, size).await?;
        world.run("ROLLBACK", "roll a measurement back").await?;
        match timed {
            Ok(timed) => times.push(timed),
            Err(why) => {
                for observed in run.statements.iter_mut().filter(|o| questions.contains_key(&o.index)) {
                    observed.growth = Some(Growth::NotMeasured { why: why.clone() });
                }
                return Ok(());
            }
        }
    }
    for observed in &mut run.statements {
        let Some(relation) = questions.get(&observed.index) else { continue };
        let at = |which: usize| times.get(which).and_then(|t| t.get(&observed.index)).copied();
        if let (Some(quick), Some(slow)) = (at(0), at(1)) {
            observed.growth = Some(judge(&relation.display, (small, quick), (large, slow)));
        }
    }
    Ok(())
}

/// Fills the tables and times each statement, twice; the reason when that cannot be done.
async fn at_size(
    world: &World<'_>,
    step: &Step,
    up: Range<usize>,
    relations: &BTreeMap<u32, RelationSeen>,
    before: &Catalog,
    size: u64,
) -> Result<Result<BTreeMap<usize, Duration>, String>, RehearsalError> {
    for relation in relations.values() {
        if let Err(error) = freehold_synth::fill(world.session(), before, relation.oid, size, 7).await {
            return Ok(Err(chain(&error)));
        }
    }
    let mut best: BTreeMap<usize, Duration> = BTreeMap::new();
    for _ in 0..2 {
        world.run("SAVEPOINT freehold_measurement", "set a savepoint").await?;
        for (index, statement) in step.up.statements.iter().enumerate().take(up.end).skip(up.start) {
            match send(world.session(), statement, world.options().statement_limit).await {
                Ok(took) => {
                    let shortest = best.entry(index).or_insert(took);
                    *shortest = (*shortest).min(took);
                }
                Err(Trouble::Refused(error)) => {
                    return Ok(Err(format!(
                        "with synthesised rows the server refused a statement: {}",
                        said(&error)
                    )));
                }
                Err(Trouble::Stop(error)) => return Err(error),
            }
        }
        world.run("ROLLBACK TO SAVEPOINT freehold_measurement", "return to a savepoint").await?;
    }
    Ok(Ok(best))
}

/// Grown means: more than twice the time, by more than what the clock and the round trip blur.
fn judge(
    relation: &str,
    (small_rows, small): (u64, Duration),
    (large_rows, large): (u64, Duration),
) -> Growth {
    let rows = large_rows.saturating_sub(small_rows).max(1);
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let seconds_per_million =
        (large.as_secs_f64() - small.as_secs_f64()).max(0.0) / (rows as f64) * 1_000_000.0;
    let measured =
        Measured { relation: relation.to_owned(), small_rows, small, large_rows, large, seconds_per_million };
    let grown = large > small * 2 && large - small > Duration::from_micros(300);
    if grown { Growth::Grows(measured) } else { Growth::Constant(measured) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_follows_the_rows_is_told_from_time_that_does_not() {
        let small = (2_000, Duration::from_millis(2));
        let Growth::Grows(measured) = judge("t", small, (22_000, Duration::from_millis(22))) else {
            panic!("ten times the time for eleven times the rows is growth");
        };
        assert!((measured.seconds_per_million - 1.0).abs() < 1e-9);
        assert!(matches!(judge("t", small, (22_000, Duration::from_millis(3))), Growth::Constant(_)));
        assert!(matches!(judge("t", small, (22_000, Duration::from_millis(1))), Growth::Constant(_)));
    }
}
