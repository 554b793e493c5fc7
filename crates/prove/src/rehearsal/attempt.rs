//! SQL tried in the place of a statement: each in the state that the statement meets, and without a trace after it.
//!
//! A script that runs in one transaction is walked through with a savepoint at each statement in question. What cannot
//! be in a transaction is tried on a clone of the database, where the statements before it were run one by one.

use std::{collections::BTreeMap, time::Duration};

use freehold_db::{DbError, Session};
use freehold_sandbox::{Scratch, Server};

use super::{Options, apply, settings, world};
use crate::{
    error::RehearsalError,
    send::{Trouble, send},
    step::{Course, Script, ScriptStatement, Step},
};

/// SQL to be tried.
#[derive(Debug)]
pub struct Attempt {
    /// Which step.
    pub step: usize,
    /// In its down rather than in its up.
    pub in_down: bool,
    /// In the place of which statement of the script; the number of statements for what is to follow all of them.
    pub statement: usize,
    /// The SQL, statement by statement.
    pub statements: Vec<ScriptStatement>,
}

/// What came of it.
#[derive(Debug)]
pub enum Attempted {
    /// All of it ran.
    Ran,
    /// The server refused a part of it.
    Refused(Box<DbError>),
    /// It was not tried, and why.
    NotTried(String),
}

/// Tries each, in the order of the steps, on a scratch database of the server. What the steps themselves were refused, or
/// what ran out of time, ends the walk: what comes after it is not tried.
///
/// # Errors
/// When no scratch database can be had or its session is lost.
pub async fn attempt(
    server: &Server,
    steps: &[Step],
    attempts: &[Attempt],
    options: &Options,
) -> Result<Vec<Attempted>, RehearsalError> {
    let mut by_script: BTreeMap<(usize, bool), Vec<usize>> = BTreeMap::new();
    for (number, attempt) in attempts.iter().enumerate() {
        by_script.entry((attempt.step, attempt.in_down)).or_default().push(number);
    }
    let scratch = world::fresh(server, options).await?;
    let mut trial = Trial { server, scratch, attempts, limit: options.statement_limit, outcomes: Vec::new() };
    trial.outcomes.resize_with(attempts.len(), || None);
    let walked = trial.walk(steps, &by_script).await;
    let Trial { scratch, outcomes, .. } = trial;
    let removed = scratch.remove().await;
    let why = walked?;
    removed?;
    let not_tried = || Attempted::NotTried(why.clone());
    Ok(outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(not_tried)).collect())
}

struct Trial<'a> {
    server: &'a Server,
    scratch: Scratch,
    attempts: &'a [Attempt],
    limit: Duration,
    outcomes: Vec<Option<Attempted>>,
}

/// What a walk that ended early says of the rest.
const REFUSED: &str = "a migration before it, or a statement before it, was refused";

impl Trial<'_> {
    /// Goes through the steps up to the last one in question; why what is left open was not tried.
    async fn walk(
        &mut self,
        steps: &[Step],
        by_script: &BTreeMap<(usize, bool), Vec<usize>>,
    ) -> Result<String, RehearsalError> {
        let Some(((last, _), _)) = by_script.last_key_value() else { return Ok(REFUSED.to_owned()) };
        for (number, step) in steps.iter().enumerate().take(last + 1) {
            if let Some(wanted) = by_script.get(&(number, false)) {
                self.script(&step.up, wanted).await?;
            }
            let session = self.open().await?;
            let major = session.version().major();
            match apply::once_more(&session, &step.up, major, self.limit).await {
                Ok(()) => settings::reset(&session, &step.up).await?,
                Err(Trouble::Refused(_)) => return Ok(REFUSED.to_owned()),
                Err(Trouble::Stop(error)) => return Ok(error.to_string()),
            }
            session.close().await;
            if let (Some(wanted), Some(down)) = (by_script.get(&(number, true)), &step.down) {
                self.script(down, wanted).await?;
            }
        }
        Ok(REFUSED.to_owned())
    }

    async fn open(&self) -> Result<Session, RehearsalError> {
        Session::open(&self.scratch.connect_to())
            .await
            .map_err(RehearsalError::own("open a session to the scratch database"))
    }

    /// Tries what is wanted of one script. The database stands before it, and does so afterwards.
    async fn script(&mut self, script: &Script, wanted: &[usize]) -> Result<(), RehearsalError> {
        let session = self.open().await?;
        let major = session.version().major();
        let course = script.course(major);
        let attempts = self.attempts;
        let inside = |number: &usize| {
            matches!(course, Course::OneTransaction { .. })
                && attempts
                    .get(*number)
                    .is_some_and(|attempt| attempt.statements.iter().all(|s| can_be_inside(s, major)))
        };
        let (within, apart): (Vec<usize>, Vec<usize>) = wanted.iter().copied().partition(inside);
        if !within.is_empty() {
            self.inside(&session, script, &within).await?;
        }
        session.close().await;
        for number in apart {
            let outcome = self.apart(script, number).await?;
            self.note(number, outcome);
        }
        Ok(())
    }

    fn note(&mut self, number: usize, outcome: Attempted) {
        if let Some(slot) = self.outcomes.get_mut(number) {
            *slot = Some(outcome);
        }
    }

    /// In one transaction that is rolled back at the end.
    async fn inside(
        &mut self,
        session: &Session,
        script: &Script,
        wanted: &[usize],
    ) -> Result<(), RehearsalError> {
        own(session, "BEGIN").await?;
        for at in 0..=script.statements.len() {
            for number in wanted {
                let Some(attempt) = self.attempts.get(*number).filter(|a| a.statement == at) else {
                    continue;
                };
                own(session, "SAVEPOINT freehold_attempt").await?;
                let outcome = run(session, &attempt.statements, self.limit).await?;
                own(session, "ROLLBACK TO SAVEPOINT freehold_attempt").await?;
                self.note(*number, outcome);
            }
            let Some(statement) = script.statements.get(at).filter(|s| !s.bounds_transaction()) else {
                continue;
            };
            let one = std::slice::from_ref(statement);
            if !matches!(run(session, one, self.limit).await?, Attempted::Ran) {
                break;
            }
        }
        own(session, "ROLLBACK").await
    }

    /// On a clone, statement by statement.
    async fn apart(&self, script: &Script, number: usize) -> Result<Attempted, RehearsalError> {
        let Some(attempt) = self.attempts.get(number) else {
            return Ok(Attempted::NotTried(REFUSED.to_owned()));
        };
        let clone = self.server.fork(&self.scratch).await?;
        let session = Session::open(&clone.connect_to())
            .await
            .map_err(RehearsalError::own("open a session to a clone of the scratch database"))?;
        let before: Vec<ScriptStatement> = script
            .statements
            .iter()
            .take(attempt.statement)
            .filter(|statement| !statement.bounds_transaction())
            .cloned()
            .collect();
        let outcome = match run(&session, &before, self.limit).await? {
            Attempted::Ran => run(&session, &attempt.statements, self.limit).await?,
            _ => Attempted::NotTried(REFUSED.to_owned()),
        };
        session.close().await;
        clone.remove().await?;
        Ok(outcome)
    }
}

fn can_be_inside(statement: &ScriptStatement, major: u32) -> bool {
    !statement.forbidden_in_transaction(major) && !statement.bounds_transaction()
}

async fn run(
    session: &Session,
    statements: &[ScriptStatement],
    limit: Duration,
) -> Result<Attempted, RehearsalError> {
    for statement in statements {
        match send(session, statement, limit).await {
            Ok(_) => {}
            Err(Trouble::Refused(error)) => return Ok(Attempted::Refused(Box::new(error))),
            Err(Trouble::Stop(error)) => return Err(error),
        }
    }
    Ok(Attempted::Ran)
}

async fn own(session: &Session, sql: &str) -> Result<(), RehearsalError> {
    session.run(sql).await.map_err(RehearsalError::own("open or end a transaction around a fix"))
}
