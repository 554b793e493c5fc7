//! The trial of a migration that runs in a transaction: up, down, up, and all of it rolled back.

use std::ops::Range;

use freehold_db::DbError;

use super::{ThereAndBack, apart, apply, growth, marks::SequenceMarks, rows, settings, world::World};
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
    let before = world.catalog().await?;
    let mark = world.reader_mark();
    let marks = SequenceMarks::take(world.session()).await?;
    let (mut up_run, back) = there_and_back(world, step, up.clone(), &before).await?;
    world.run("ROLLBACK", "roll the trial back").await?;
    world.reader_return(mark);
    let mut run = StepRun { before: Some(before.clone()), ..StepRun::default() };
    if up_run.refused.is_some() {
        run.up = up_run;
        return Ok(run);
    }
    let down_run = back.down.as_ref();
    if rows::concerned(step, &up_run, down_run, &before) {
        run.rows = rows::compare(world, step, up.clone(), &up_run, down_run, &before).await?;
        marks.restore(world.session()).await?;
    }
    if timed && !matches!(run.rows, RowsOutcome::RefusedByRows { .. }) {
        growth::measure(world, step, up.clone(), &mut up_run, &before).await?;
    }
    marks.restore(world.session()).await?;
    run.up = up_run;
    if let Err(refusal) = commit(world, step, up).await? {
        run.up.refused = Some(refusal);
        return Ok(run);
    }
    run.up.leaked_settings = settings::leaked_and_reset(world.session(), &step.up).await?;
    run.after_up = Some(world.catalog().await?);
    if back.refused() {
        // Refused inside one transaction; only what is refused when committed, too, is a fact.
        let committed = apart::there_and_back(world, number, step, &before).await?;
        run.confirmed_by_commit = true;
        committed.record(&mut run);
    } else {
        back.record(&mut run);
    }
    Ok(run)
}

/// Opens a transaction and leaves it open: up, down and up again, with the catalog read in between.
async fn there_and_back(
    world: &mut World<'_>,
    step: &Step,
    up: Range<usize>,
    before: &freehold_model::catalog::Catalog,
) -> Result<(ScriptRun, ThereAndBack), RehearsalError> {
    let limit = world.options().statement_limit;
    world.run("BEGIN", "open the trial's transaction").await?;
    let mut observer = Observer::begin(world.session(), limit).await?;
    let mut up_run = observer.run(&step.up, up.start, up.end).await?;
    drop(observer);
    let mut back = ThereAndBack::default();
    if up_run.refused.is_some() {
        return Ok((up_run, back));
    }
    if let Err(error) = check_deferred(world, &step.up).await? {
        up_run.refused = Some(Refusal { index: step.up.statements.len(), error });
        return Ok((up_run, back));
    }
    let Some(down) = &step.down else { return Ok((up_run, back)) };
    let Course::OneTransaction { first, last } = down.course(world.major()) else {
        return Ok((up_run, back));
    };
    settings::reset(world.session(), &step.up).await?;
    let mut observer = Observer::begin(world.session(), limit).await?;
    let mut down_run = observer.run(down, first, last).await?;
    drop(observer);
    if down_run.refused.is_none()
        && let Err(error) = check_deferred(world, down).await?
    {
        down_run.refused = Some(Refusal { index: down.statements.len(), error });
    }
    let refused = down_run.refused.is_some();
    back.down = Some(down_run);
    if refused {
        return Ok((up_run, back));
    }
    back.down_differences = before.differences(&*world.catalog().await?);
    settings::reset(world.session(), down).await?;
    match apply::within(world.session(), step.up.statements.get(up).unwrap_or_default(), limit).await {
        Ok(()) => {}
        Err(Trouble::Refused(error)) => {
            back.reapply_refused = Some(Refusal { index: 0, error });
            return Ok((up_run, back));
        }
        Err(Trouble::Stop(error)) => return Err(error),
    }
    back.after_reapply = Some(world.catalog().await?);
    Ok((up_run, back))
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

/// Applies the up for good.
async fn commit(
    world: &mut World<'_>,
    step: &Step,
    up: Range<usize>,
) -> Result<Result<(), Refusal>, RehearsalError> {
    let limit = world.options().statement_limit;
    world.run("BEGIN", "open the transaction of an up").await?;
    let statements = step.up.statements.get(up.clone()).unwrap_or_default();
    let outcome = match apply::within(world.session(), statements, limit).await {
        Ok(()) => world.session().run("COMMIT").await,
        Err(Trouble::Refused(error)) => Err(error),
        Err(Trouble::Stop(error)) => return Err(error),
    };
    match outcome {
        Ok(()) => Ok(Ok(())),
        Err(error) if error.is_connection_lost() => Err(RehearsalError::own("commit an up")(error)),
        Err(error) => {
            world.run("ROLLBACK", "roll a refused up back").await?;
            Ok(Err(Refusal { index: up.end, error }))
        }
    }
}
