//! The runner: carries out a command on one target, alone, and leaves a state from which the next run goes on.
//!
//! - One migrator per target: an advisory lock on the session that does the work, so that it is held exactly as long as
//!   a server process works on the target, even when the program that started it is gone. It is polled, never waited for
//!   inside the server: a session that waits there holds a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
//! - A script that can be in a transaction is committed together with its row. A script that cannot keeps its row in
//!   state `running` with the number of statements that took effect; each of them that can be in a transaction commits
//!   together with that number, and before one that cannot is sent, what is needed to find out about it is noted.
//! - What the server refuses is told with its place. A lost connection is made again, and the outcome read.

mod apart;
mod attempt;
mod durable;
mod error;
mod failure;
mod halt;
mod line;
mod recover;
mod send;
mod settle;
mod turn;
mod watch;
mod whole;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use freehold_db::Session;

pub use error::RunError;
pub use halt::{Halt, Halting};
pub use line::Line;

use crate::command::{Command, RunOptions};
use crate::event::{Event, Listener, What};
use crate::history::check::Facts;
use crate::history::write::{NewRow, failed, prepare};
use crate::history::{History, HistoryError, read, table};
use crate::plan::{Mark, Plan, plan};
use crate::prepared::Prepared;
use crate::target::Target;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// The scripts that were run, in order: the migration's label and the way it went.
    pub ran: Vec<(String, crate::history::Direction)>,
    /// How many rows were written without running anything.
    pub declared: usize,
    /// How many scripts of the plan were not begun, because somebody asked to stop.
    pub left: usize,
    /// The version that is the last one applied now.
    pub version: Option<String>,
}

/// Carries out a command on a target, over a connection of its own.
///
/// # Errors
/// See [`RunError`]. Every error leaves the target in a state from which the next run goes on, or says why not.
pub async fn run(
    target: &Target,
    prepared: &Prepared,
    command: &Command,
    options: &RunOptions,
    listener: &Listener,
) -> Result<Done, RunError> {
    let mut line = Line::open(&target.to).await.map_err(RunError::Connect)?;
    let outcome = run_on(&mut line, target, prepared, command, options, listener).await;
    line.close().await;
    outcome
}

/// The same over a connection that is used for several targets of one database, one after the other.
///
/// # Errors
/// As [`run`].
pub async fn run_on(
    line: &mut Line,
    target: &Target,
    prepared: &Prepared,
    command: &Command,
    options: &RunOptions,
    listener: &Listener,
) -> Result<Done, RunError> {
    let mut run = Run {
        line,
        target,
        prepared,
        options,
        listener,
        name: Arc::from(target.name.as_str()),
        several: false,
        untold: durable::Untolds::default(),
        row: Mutex::default(),
    };
    let outcome = run.command(command).await;
    if let Err(error) = &outcome {
        run.tell(error.event());
    }
    outcome
}

/// Reads a target's history, and nothing else: nothing is written and no lock is taken.
///
/// # Errors
/// When the history cannot be read.
pub async fn look_at(line: &mut Line, target: &Target) -> Result<History, HistoryError> {
    crate::history::look(line.session(), target).await
}

/// One command on one target.
pub(crate) struct Run<'r> {
    pub(crate) line: &'r mut Line,
    pub(crate) target: &'r Target,
    pub(crate) prepared: &'r Prepared,
    pub(crate) options: &'r RunOptions,
    listener: &'r Listener,
    name: Arc<str>,
    /// True when more than one script is to be run.
    several: bool,
    /// What is committed and not told.
    untold: durable::Untolds,
    /// The statement that adds a row, where several are to come.
    row: Mutex<Row>,
}

/// Whether the statement that adds a row is prepared.
#[derive(Debug, Default)]
enum Row {
    /// One row is not worth it.
    #[default]
    Single,
    /// It will be.
    Several,
    /// It is.
    Prepared(tokio_postgres::Statement),
}

impl Run<'_> {
    pub(crate) fn tell(&self, what: What) {
        (self.listener)(Event { target: Arc::clone(&self.name), what });
    }

    async fn command(&mut self, command: &Command) -> Result<Done, RunError> {
        let begun = Instant::now();
        self.line.enter(self.target, self.options).await?;
        turn::take(self).await?;
        let outcome = self.alone(command, begun).await;
        turn::release(self).await;
        outcome
    }

    /// With the lock held, so that nothing that is read changes before it is used.
    async fn alone(&mut self, command: &Command, begun: Instant) -> Result<Done, RunError> {
        let facts = Facts::of(self.line.session(), &self.target.history).await?;
        facts.readable(self.target)?;
        facts.writable(self.target)?;
        self.line.own(facts.role());
        let history = if facts.table_exists { self.history().await? } else { facts.nothing_yet(self.target) };
        let plan = plan(self.prepared, &history, command, self.options.allow)?;
        self.tell(What::Started { steps: plan.steps.len() });
        for (label, why) in &plan.skipped {
            self.tell(What::Skipped { label: label.clone(), why: why.clone() });
        }
        let nothing = plan.steps.is_empty() && plan.marks.is_empty();
        if !facts.table_exists && !nothing {
            self.make_history(&facts).await?;
        }
        let mut done = self.carry_out(&plan).await?;
        let now = if nothing { history } else { self.history().await? };
        done.version = now.version().map(|row| row.version.clone());
        self.tell(What::Finished { steps: plan.steps.len(), took: begun.elapsed() });
        Ok(done)
    }

    /// The history, with the texts of the scripts whose files were edited.
    async fn history(&self) -> Result<History, RunError> {
        let mut history = read::rows(self.line.session(), &self.target.history).await?;
        fill_in_edited(self.line.session(), self.target, self.prepared, &mut history).await?;
        Ok(history)
    }

    async fn make_history(&self, facts: &Facts) -> Result<(), RunError> {
        let sql = table::make(&self.target.history, facts.must_make_schema());
        // Several statements in one message are one transaction.
        self.line.session().run(&sql).await.map_err(|error| RunError::History(error.into()))
    }

    async fn carry_out(&mut self, plan: &Plan) -> Result<Done, RunError> {
        let mut done = Done::default();
        self.declare(plan, &mut done).await?;
        let of = plan.steps.len();
        self.several = of > 1;
        if of > 3 {
            self.set_row(Row::Several);
        }
        let mut at = 0;
        let mut again = 0;
        while let Some(step) = plan.steps.get(at) {
            if self.options.halt.asked() && !is_second_half(plan, at) {
                done.left = of - at;
                break;
            }
            let name = step.name(self.prepared);
            self.tell(What::Applying { step: name.clone(), number: at + 1, of });
            self.line.use_it();
            match self.apply((at, at < again), step, &name).await {
                Ok(None) => at += 1,
                // The server crashed, and the last migrations before this one are gone with their rows.
                Ok(Some(first)) => {
                    again = at + 1;
                    at = first;
                }
                Err(error) => {
                    // What was committed before is told all the same; where that fails, the error says enough.
                    let _ = self.make_safe().await;
                    return Err(error);
                }
            }
        }
        self.make_safe().await?;
        let ran = plan.steps.iter().take(of - done.left);
        done.ran = ran.map(|step| (self.label(step.migration), step.direction)).collect();
        Ok(done)
    }

    fn label(&self, migration: usize) -> String {
        self.prepared.migrations().get(migration).map(|m| m.label()).unwrap_or_default()
    }

    fn set_row(&self, row: Row) {
        *self.row.lock().unwrap_or_else(PoisonError::into_inner) = row;
    }

    /// The statement that adds a row, where it is worth preparing. Without it, the row is added all the same.
    async fn prepared_row(&self) -> Option<tokio_postgres::Statement> {
        match &*self.row.lock().unwrap_or_else(PoisonError::into_inner) {
            Row::Single => return None,
            Row::Prepared(statement) => return Some(statement.clone()),
            Row::Several => {}
        }
        let prepared = prepare(self.line.session(), &self.target.history).await.ok()?;
        self.set_row(Row::Prepared(prepared.clone()));
        Some(prepared)
    }

    /// Lets go of that statement: the session has forgotten it, or is another one.
    fn forget_row(&self) {
        let mut row = self.row.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*row, Row::Prepared(_)) {
            *row = Row::Several;
        }
    }

    /// Writes the rows of what is declared, all in one transaction.
    async fn declare(&mut self, plan: &Plan, done: &mut Done) -> Result<(), RunError> {
        if plan.marks.is_empty() {
            return Ok(());
        }
        let session = self.line.session();
        let history = &self.target.history;
        let wrong = |error| RunError::History(failed(history, error).into());
        session.run("BEGIN").await.map_err(|error| RunError::History(error.into()))?;
        for mark in &plan.marks {
            let row = self.declared(mark).insert(session, history, None).await;
            row.map_err(wrong)?;
        }
        session.run("COMMIT").await.map_err(|error| RunError::History(error.into()))?;
        for mark in &plan.marks {
            let step = crate::event::StepName {
                version: mark.version.clone(),
                name: mark.name.clone(),
                direction: mark.direction,
            };
            self.tell(What::Declared { step, state: mark.state });
        }
        done.declared = plan.marks.len();
        Ok(())
    }

    fn declared<'m>(&'m self, mark: &'m Mark) -> NewRow<'m> {
        let migration = mark.migration.and_then(|index| self.prepared.migrations().get(index));
        NewRow {
            version: &mark.version,
            name: &mark.name,
            checksum: &mark.checksum,
            direction: mark.direction,
            state: mark.state,
            ticket: self.options.ticket.as_deref(),
            asked_by: self.options.asked_by.as_deref(),
            out_of_order: false,
            script: migration.map(|migration| migration.up.text()),
            source: mark.source,
            applied_at: mark.applied_at,
            statements: None,
            timed: false,
        }
    }
}

/// True for the up of a migration whose down was run just before: stopping between the two is not what anybody wants.
fn is_second_half(plan: &Plan, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| plan.steps.get(before));
    plan.steps.get(at).zip(before).is_some_and(|(step, before)| step.migration == before.migration)
}

/// Reads the texts of the scripts that were applied from files which differ now.
pub(crate) async fn fill_in_edited(
    session: &Session,
    target: &Target,
    prepared: &Prepared,
    history: &mut History,
) -> Result<(), HistoryError> {
    let latest = history.latest();
    let edited: Vec<i64> = prepared
        .migrations()
        .iter()
        .filter_map(|migration| {
            let row = latest.get(migration.key().as_str())?;
            (!row.checksum.is_empty() && row.checksum != migration.up.checksum).then_some(row.id)
        })
        .collect();
    read::scripts(session, &target.history, history, &edited).await
}
