//! Scripts that cannot be tried and rolled back: run for real, watched from a second session where a statement
//! allows no transaction, and undone by rebuilding the state when their own down did not.

use std::collections::HashSet;

use freehold_db::Session;
use freehold_model::catalog::{Catalog, Roles};

use super::{ThereAndBack, roles, rows, settings, world::World};
use crate::{
    error::RehearsalError,
    observation::{Observed, Refusal, RowsOutcome, ScriptRun, StepRun},
    observe::{Observer, hold_to_the_end, present},
    send::{Trouble, send, sort},
    step::{Course, Script, ScriptStatement, Step},
    watch::watched,
};

/// Rehearses one step of which at least one script commits as it goes; leaves it applied, unless it is refused.
pub(super) async fn step(
    world: &mut World<'_>,
    number: usize,
    step: &Step,
) -> Result<StepRun, RehearsalError> {
    let before = world.catalog_before().await?;
    let roles = roles::before(world.session(), step).await?;
    let mut run = StepRun { before: Some(before.clone()), ..StepRun::default() };
    run.up = script(world, &step.up).await?;
    if run.up.refused.is_some() {
        return Ok(run);
    }
    run.up.leaked_settings = settings::leaked_and_reset(world.session(), &step.up).await?;
    run.after_up = Some(world.catalog().await?);
    run.confirmed_by_commit = true;
    if step.down.is_some() {
        there_and_back(world, number, step, &before, roles.as_ref()).await?.record(&mut run);
    }
    if !rows::targets(step, &run.up, &before).is_empty() {
        run.rows = RowsOutcome::NotTried {
            why: "the scripts end transactions themselves, so rows could not be put in place and taken out again"
                .to_owned(),
        };
    }
    Ok(run)
}

/// Down and up again, committed; afterwards the step is applied as after its first up, by rebuilding if need be.
pub(super) async fn there_and_back(
    world: &mut World<'_>,
    number: usize,
    step: &Step,
    before: &Catalog,
    roles: Option<&Roles>,
) -> Result<ThereAndBack, RehearsalError> {
    let mut back = ThereAndBack::default();
    let Some(down) = &step.down else { return Ok(back) };
    let after_up = world.catalog().await?;
    let mut down_run = script(world, down).await?;
    if down_run.refused.is_none() {
        down_run.leaked_settings = settings::leaked_and_reset(world.session(), down).await?;
        back.down_differences = before.differences(&*world.catalog().await?);
        back.down_differences.extend(roles::differences(world.session(), roles).await?);
        let again = script(world, &step.up).await?;
        settings::reset(world.session(), &step.up).await?;
        match again.refused {
            Some(refusal) => back.reapply_refused = Some(refusal),
            None => back.after_reapply = Some(world.catalog().await?),
        }
    }
    // A down that was refused in one transaction has left the state after the up; nothing else surely has.
    let undone =
        down_run.refused.is_some() && matches!(down.course(world.major()), Course::OneTransaction { .. });
    let restored = back.after_reapply.as_ref().is_some_and(|now| after_up.differences(now).is_empty());
    let touched_rows = down_run.statements.iter().any(|s| !s.rows.is_empty());
    back.down = Some(down_run);
    if !undone && (!restored || touched_rows) {
        world.rebuild(number + 1).await?;
    }
    Ok(back)
}

/// Runs a script as its tool would, committing, and looks at each statement.
async fn script(world: &World<'_>, script: &Script) -> Result<ScriptRun, RehearsalError> {
    match script.course(world.major()) {
        Course::OneTransaction { first, last } => one_transaction(world, script, first, last).await,
        Course::Separately { opened } => separately(world, script, opened).await,
    }
}

async fn one_transaction(
    world: &World<'_>,
    script: &Script,
    first: usize,
    last: usize,
) -> Result<ScriptRun, RehearsalError> {
    world.run("BEGIN", "open a transaction").await?;
    let mut observer = Observer::begin(world.session(), world.options().statement_limit).await?;
    let mut run = observer.run(script, first, last).await?;
    run.committed = true;
    if run.refused.is_some() {
        world.run("ROLLBACK", "roll a refused script back").await?;
    } else if let Err(error) = world.session().run("COMMIT").await {
        run.refused = Some(Refusal { index: script.statements.len(), error });
    }
    Ok(run)
}

/// Walks through a script whose statements open and end transactions, or must not be in one.
async fn separately(world: &World<'_>, script: &Script, opened: bool) -> Result<ScriptRun, RehearsalError> {
    let watcher = world.second_session().await?;
    let before = present(&watcher).await.map_err(RehearsalError::own("list the relations that are there"))?;
    let walk =
        Walk { world, watcher: &watcher, open: None, before: before.into_keys().collect(), transactions: 0 };
    let outcome = walk.through(script, opened).await;
    watcher.close().await;
    outcome
}

struct Walk<'w> {
    world: &'w World<'w>,
    watcher: &'w Session,
    /// Watches the transaction that is open, if one is.
    open: Option<Observer<'w>>,
    /// The relations that were there before the script.
    before: HashSet<u32>,
    /// Transactions begun so far.
    transactions: usize,
}

impl Walk<'_> {
    async fn through(mut self, script: &Script, opened: bool) -> Result<ScriptRun, RehearsalError> {
        let mut run = ScriptRun { committed: true, ..ScriptRun::default() };
        if opened {
            self.begin().await?;
        }
        for (index, statement) in script.statements.iter().enumerate() {
            match self.statement(statement, index).await {
                Ok(observed) => run.statements.extend(observed),
                Err(Trouble::Refused(error)) => {
                    run.refused = Some(Refusal { index, error });
                    break;
                }
                Err(Trouble::Stop(error)) => return Err(error),
            }
        }
        // Without an open transaction these only warn, as they do for the tool itself.
        let end = if run.refused.is_some() { "ROLLBACK" } else { "COMMIT" };
        if let Err(error) = self.world.session().run(end).await {
            run.refused.get_or_insert(Refusal { index: script.statements.len(), error });
        }
        hold_to_the_end(&mut run.statements);
        Ok(run)
    }

    async fn begin(&mut self) -> Result<(), RehearsalError> {
        self.world.run("BEGIN", "open a transaction").await?;
        self.look().await
    }

    /// Watches the transaction that was opened just now.
    async fn look(&mut self) -> Result<(), RehearsalError> {
        let observer = Observer::begin(self.world.session(), self.world.options().statement_limit).await?;
        // Statements outside of transactions are numbered by themselves, from 0.
        self.transactions += 1;
        self.open = Some(observer.within_script(usize::MAX - self.transactions, &self.before));
        Ok(())
    }

    async fn statement(
        &mut self,
        statement: &ScriptStatement,
        index: usize,
    ) -> Result<Option<Observed>, Trouble> {
        let (session, limit) = (self.world.session(), self.world.options().statement_limit);
        if statement.bounds_transaction() {
            send(session, statement, limit).await?;
            let begins =
                matches!(statement.statement.effect.control, Some(freehold_sql::TransactionControl::Begin));
            match (begins, self.open.is_some()) {
                (true, false) => self.look().await?,
                (true, true) => {}
                (false, _) => self.open = None,
            }
            return Ok(None);
        }
        if let Some(observer) = &mut self.open {
            return observer.observe(statement, index).await.map(Some);
        }
        if statement.forbidden_in_transaction(self.world.major()) {
            return watched(session, self.watcher, &self.before, statement, index, limit).await.map(Some);
        }
        // On its own a statement is a transaction; opening it by hand lets it be looked at from inside.
        self.begin().await?;
        let observed = match self.open.take() {
            Some(mut observer) => observer.observe(statement, index).await?,
            None => return Ok(None),
        };
        session.run("COMMIT").await.map_err(|error| sort(error, statement, session))?;
        Ok(Some(observed))
    }
}
