//! A migration whose scripts run in transactions: the up observed and applied, then down and up again in a
//! transaction that is rolled back.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use freehold_db::DbError;
use freehold_model::catalog::Catalog;

use super::{ThereAndBack, apart, apply, growth, marks::SequenceMarks, roles, rows, settings, world::World};
use crate::{
    error::RehearsalError,
    observation::{Refusal, RowsOutcome, ScriptRun, StepRun},
    observe::Observer,
    send::Trouble,
    step::{Course, Script, Step},
};

/// Rehearses one step and leaves it applied, unless its up is refused.
pub(super) async fn step(
    world: &mut World<'_>,
    number: usize,
    step: &Step,
    up: Range<usize>,
    timed: bool,
) -> Result<StepRun, RehearsalError> {
    let before = world.catalog_before().await?;
    let roles = roles::before(world.session(), step).await?;
    let mut run = StepRun { before: Some(before.clone()), ..StepRun::default() };
    apply_and_try(world, step, up, timed, &before, &mut run).await?;
    if run.up.refused.is_some() {
        return Ok(run);
    }
    run.up.leaked_settings = settings::leaked_and_reset(world.session(), &step.up).await?;
    let Some(down) = &step.down else {
        world.leave(run.after_up.clone());
        return Ok(run);
    };
    let Course::OneTransaction { first, last } = down.course(world.major()) else {
        let committed = apart::there_and_back(world, number, step, &before, roles.as_ref()).await?;
        run.confirmed_by_commit = true;
        committed.record(&mut run);
        return Ok(run);
    };
    let back = there_and_back(world, step, down, first..last, &before, roles.as_ref()).await?;
    if back.could_differ_when_committed() {
        let committed = apart::there_and_back(world, number, step, &before, roles.as_ref()).await?;
        run.confirmed_by_commit = true;
        committed.record(&mut run);
    } else {
        back.record(&mut run);
        world.leave(run.after_up.clone());
    }
    Ok(run)
}

/// Runs the up under observation. Where rows are at stake or time is a question, the up is rolled back, tried with
/// rows in place, and applied once more; else its transaction is committed as it is.
async fn apply_and_try(
    world: &mut World<'_>,
    step: &Step,
    up: Range<usize>,
    timed: bool,
    before: &Arc<Catalog>,
    run: &mut StepRun,
) -> Result<(), RehearsalError> {
    let marks = SequenceMarks::take(world.session()).await?;
    world.run("BEGIN", "open the transaction of an up").await?;
    world.catalog_begins().await?;
    let mut observer = Observer::begin(world.session(), world.options().statement_limit).await?;
    run.up = observer.run(&step.up, up.start, up.end).await?;
    drop(observer);
    if run.up.refused.is_none()
        && let Err(error) = check_deferred(world, &step.up).await?
    {
        run.up.refused = Some(Refusal { index: step.up.statements.len(), error });
    }
    if run.up.refused.is_some() {
        world.run("ROLLBACK", "roll a refused up back").await?;
        return marks.restore(world.session()).await;
    }
    let targets = match world.options().witness_rows {
        0 => BTreeMap::new(),
        _ => rows::targets(step, &run.up, before),
    };
    let questions = timed && growth::has_questions(&run.up);
    if targets.is_empty() && !questions {
        return read_and_commit(world, run, up.end).await;
    }
    world.run("ROLLBACK", "roll the observed up back").await?;
    marks.restore(world.session()).await?;
    if !targets.is_empty() {
        run.rows = rows::compare(world, step, up.clone(), &targets, before).await?;
        marks.restore(world.session()).await?;
    }
    if questions && !matches!(run.rows, RowsOutcome::RefusedByRows { .. }) {
        growth::measure(world, step, up.clone(), &mut run.up, before).await?;
        marks.restore(world.session()).await?;
    }
    world.run("BEGIN", "open the transaction of an up").await?;
    world.catalog_begins().await?;
    let statements = step.up.statements.get(up.clone()).unwrap_or_default();
    match apply::within(world.session(), statements, world.options().statement_limit).await {
        Ok(()) => read_and_commit(world, run, up.end).await,
        Err(Trouble::Refused(error)) => {
            world.run("ROLLBACK", "roll a refused up back").await?;
            run.up.refused = Some(Refusal { index: up.end, error });
            Ok(())
        }
        Err(Trouble::Stop(error)) => Err(error),
    }
}

/// Reads the catalog as the up leaves it, and commits; what is refused at the commit is the script's.
async fn read_and_commit(world: &mut World<'_>, run: &mut StepRun, end: usize) -> Result<(), RehearsalError> {
    run.after_up = Some(world.catalog().await?);
    match world.session().run("COMMIT").await {
        Ok(()) => Ok(()),
        Err(error) if error.is_connection_lost() => Err(RehearsalError::own("commit an up")(error)),
        Err(error) => {
            run.up.refused = Some(Refusal { index: end, error });
            Ok(())
        }
    }
}

/// Down, observed, and up again, in a transaction that is rolled back.
async fn there_and_back(
    world: &mut World<'_>,
    step: &Step,
    down: &Script,
    range: Range<usize>,
    before: &Catalog,
    roles: Option<&freehold_model::catalog::Roles>,
) -> Result<ThereAndBack, RehearsalError> {
    let mark = world.reader_mark();
    let marks = SequenceMarks::take(world.session()).await?;
    world.run("BEGIN", "open the trial's transaction").await?;
    world.catalog_begins().await?;
    let back = try_back(world, step, down, range, before, roles).await?;
    world.run("ROLLBACK", "roll the trial back").await?;
    world.reader_return(mark);
    marks.restore(world.session()).await?;
    Ok(back)
}

async fn try_back(
    world: &mut World<'_>,
    step: &Step,
    down: &Script,
    range: Range<usize>,
    before: &Catalog,
    roles: Option<&freehold_model::catalog::Roles>,
) -> Result<ThereAndBack, RehearsalError> {
    let limit = world.options().statement_limit;
    let mut back = ThereAndBack::default();
    let mut observer = Observer::begin(world.session(), limit).await?;
    let mut down_run: ScriptRun = observer.run(down, range.start, range.end).await?;
    drop(observer);
    if down_run.refused.is_none()
        && let Err(error) = check_deferred(world, down).await?
    {
        down_run.refused = Some(Refusal { index: down.statements.len(), error });
    }
    let refused = down_run.refused.is_some();
    back.down = Some(down_run);
    if refused {
        return Ok(back);
    }
    back.down_differences = before.differences(&*world.catalog().await?);
    back.down_differences.extend(roles::differences(world.session(), roles).await?);
    settings::reset(world.session(), down).await?;
    let Course::OneTransaction { first, last } = step.up.course(world.major()) else { return Ok(back) };
    let statements = step.up.statements.get(first..last).unwrap_or_default();
    match apply::within(world.session(), statements, limit).await {
        Ok(()) => back.after_reapply = Some(world.catalog().await?),
        Err(Trouble::Refused(error)) => back.reapply_refused = Some(Refusal { index: 0, error }),
        Err(Trouble::Stop(error)) => return Err(error),
    }
    Ok(back)
}

/// Has the constraints checked that would be checked at COMMIT, where the script could have left any waiting.
async fn check_deferred(world: &World<'_>, script: &Script) -> Result<Result<(), DbError>, RehearsalError> {
    if !script.statements.iter().any(|s| s.changes_rows() || s.statement.effect.opaque) {
        return Ok(Ok(()));
    }
    match world.session().run("SET CONSTRAINTS ALL IMMEDIATE").await {
        Err(error) if error.is_connection_lost() => {
            Err(RehearsalError::own("check the deferred constraints")(error))
        }
        outcome => Ok(outcome),
    }
}
