//! A script that cannot be in one transaction: statement by statement, with a row that always says how far it came.

use freehold_db::DbError;
use freehold_model::sqlstate::SqlState;
use freehold_sql::{Action, Effect, InTransaction, StatementKind, TransactionControl};
use futures_util::future;

use super::Run;
use super::failure::{At, Stop};
use super::send::{send, send_one};
use super::whole::refused;
use super::{settle, turn};
use crate::event::{StepName, What};
use crate::history::write::{Change, NewRow, failed};
use crate::plan::Unfinished;
use crate::prepared::{ReadyScript, ReadyStatement};

/// How one statement is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In a transaction of its own, together with the number of statements that took effect.
    Together,
    /// By itself, for the server refuses it in a transaction; what is needed to find out about it is noted before.
    Alone,
    /// By itself if it turns out that it ends transactions, else together.
    TogetherIfPossible,
}

/// A script under way.
pub(super) struct Apart<'a> {
    pub(super) script: &'a ReadyScript,
    pub(super) row: i64,
    /// How many statements took effect for good.
    pub(super) kept: usize,
    /// True inside a transaction that the script (or the tool, for it) has begun.
    in_block: bool,
}

/// Runs the script, from where `resumes` says on; `opened` says that the script's tool opens a transaction first.
pub(super) async fn run(
    run: &Run<'_>,
    script: &ReadyScript,
    step: &StepName,
    new: &NewRow<'_>,
    resumes: Option<&Unfinished>,
    opened: bool,
) -> Result<(), Stop> {
    let total = script.statements().len();
    let count = i32::try_from(total).unwrap_or(i32::MAX);
    let (row, first) = match resumes {
        Some(unfinished) => {
            let first = settle::resume(run, script, step, unfinished).await?.min(total);
            let done = i32::try_from(first).unwrap_or(i32::MAX);
            let begun = Change::Begun { checksum: new.checksum, script: new.script, statements: count, done };
            // Before the script's settings are made again, among which there may be a role.
            change(run, unfinished.row, &begun, first).await?;
            settle::set_again(run, script, first).await?;
            (unfinished.row, first)
        }
        None => {
            let row = NewRow {
                state: crate::history::State::Running,
                statements: Some(count),
                timed: false,
                ..new.clone()
            };
            let added = row.insert(run.line.session(), &run.target.history, None).await;
            (added.map_err(|error| Stop::of(At::History, failed(&run.target.history, error), 0))?, 0)
        }
    };
    let mut apart = Apart { script, row, kept: first, in_block: false };
    if (opened && first == 0) || apart.follows_a_chain() {
        apart.bare(run, 0, "BEGIN").await?;
        apart.in_block = true;
    }
    for index in first..total {
        apart.next(run, index).await?;
    }
    apart.end(run, total).await
}

impl Apart<'_> {
    /// Runs one statement, and records it where that is possible.
    async fn next(&mut self, run: &Run<'_>, index: usize) -> Result<(), Stop> {
        let outcome = self.statement(run, index).await;
        if self.script.statements().get(index).is_some_and(|s| crate::prepared::changes_session(&s.effect)) {
            // It may have been DISCARD ALL.
            run.line.session().forget_prepared();
            if outcome.is_ok() {
                turn::keep(run).await?;
            }
        }
        outcome
    }

    /// True when the statement before ended a transaction and began the next one, which a lost session has taken along.
    fn follows_a_chain(&self) -> bool {
        let before = self.kept.checked_sub(1).and_then(|before| self.script.statements().get(before));
        before.is_some_and(|statement| {
            matches!(
                statement.effect.control,
                Some(
                    TransactionControl::Commit { chain: true } | TransactionControl::Rollback { chain: true }
                )
            )
        })
    }

    async fn statement(&mut self, run: &Run<'_>, index: usize) -> Result<(), Stop> {
        let Some(statement) = self.script.statements().get(index) else { return Ok(()) };
        match &statement.effect.control {
            Some(TransactionControl::Begin) => {
                self.in_block = true;
                return self.bare(run, index, self.script.sql(index)).await;
            }
            // Ended together with the number: whatever happens to the commit happens to both.
            Some(TransactionControl::Commit { chain }) if self.in_block => {
                self.reached(run, index + 1).await?;
                self.bare(run, index, self.script.sql(index)).await?;
                self.in_block = *chain;
                self.kept = index + 1;
                return Ok(());
            }
            // The row is not a part of what is prepared: it would stay locked until somebody commits that.
            Some(TransactionControl::PrepareTransaction(_)) if self.in_block => {
                self.bare(run, index, self.script.sql(index)).await?;
                self.in_block = false;
                self.kept = index + 1;
                return self.reached(run, index + 1).await;
            }
            Some(TransactionControl::Rollback { chain }) if self.in_block => {
                self.bare(run, index, self.script.sql(index)).await?;
                self.in_block = *chain;
                // Without effect, so that it does no harm should the number not be written and the block run again.
                if !self.in_block {
                    self.reached(run, index + 1).await?;
                    self.kept = index + 1;
                }
                return Ok(());
            }
            _ if self.in_block => {
                let rows = statement.copy_data.as_deref();
                let sent = send_one(run.line.session(), self.script.sql(index), rows).await;
                return sent.map_err(|error| self.stop(At::Statement(index), error));
            }
            _ => {}
        }
        let major = run.line.session().version().major();
        match way(&statement.effect, major) {
            Way::Together => self.together(run, index, statement).await?,
            Way::Alone => self.alone(run, index, statement).await?,
            Way::TogetherIfPossible => match self.together(run, index, statement).await {
                Err(Stop::Refused { error, .. }) if ends_transactions(&error) => {
                    self.alone(run, index, statement).await?;
                }
                other => other?,
            },
        }
        self.kept = index + 1;
        Ok(())
    }

    /// In a transaction of its own, together with the number.
    async fn together(&self, run: &Run<'_>, index: usize, statement: &ReadyStatement) -> Result<(), Stop> {
        let session = run.line.session();
        let sql = self.script.sql(index);
        let history = &run.target.history;
        let own_role = self.own_role(run);
        let reached = Change::Reached(i32::try_from(index + 1).unwrap_or(i32::MAX));
        if let Some(rows) = &statement.copy_data {
            let outcome = async {
                send(session, self.begin()).await.whole()?;
                send_one(session, sql, Some(rows)).await?;
                send(session, &own_role).await.whole()?;
                reached.write(session, history, self.row).await?;
                send(session, "COMMIT").await.whole()
            };
            return match outcome.await {
                Ok(()) => Ok(()),
                Err(error) => {
                    let _ = send(session, "ROLLBACK").await;
                    Err(self.stop(At::Statement(index), error))
                }
            };
        }
        let (begin, body, role, written, commit) = future::join5(
            send(session, self.begin()),
            send(session, sql),
            send(session, &own_role),
            reached.write(session, history, self.row),
            send(session, "COMMIT"),
        )
        .await;
        begin.whole().map_err(|error| self.stop(At::Statement(index), error))?;
        body.whole().map_err(|error| self.stop(At::Statement(index), error))?;
        role.whole().map_err(|error| self.stop(At::History, error))?;
        written.map_err(|error| Stop::of(At::History, failed(history, error), self.kept))?;
        commit.whole().map_err(|error| self.stop(At::Commit, error))
    }

    /// By itself. Timeouts are lifted: a concurrent index build that is cut off leaves an invalid index.
    async fn alone(&self, run: &Run<'_>, index: usize, statement: &ReadyStatement) -> Result<(), Stop> {
        let noted = settle::note(run, &statement.effect).await?;
        self.record(run, &Change::About(&noted)).await?;
        let limits =
            if is_concurrent(&statement.effect) { Some(self.lift_limits(run, index).await?) } else { None };
        self.bare(run, index, self.script.sql(index)).await?;
        settle::is_whole(run, self, index, &statement.effect).await?;
        if let Some((lock, statement)) = limits {
            let sql = "SELECT pg_catalog.set_config('lock_timeout', $1, false), \
                       pg_catalog.set_config('statement_timeout', $2, false)";
            let restored = run.line.session().query(sql, &[&lock, &statement]).await;
            restored.map_err(|error| Stop::of(At::Statement(index), error, self.kept))?;
        }
        self.reached(run, index + 1).await
    }

    /// Lifts the time limits of the session, which may be the script's own; what they were.
    async fn lift_limits(&self, run: &Run<'_>, index: usize) -> Result<(String, String), Stop> {
        let session = run.line.session();
        let stop = |error| Stop::of(At::Statement(index), error, self.kept);
        let sql = "SELECT pg_catalog.current_setting('lock_timeout'), pg_catalog.current_setting('statement_timeout')";
        let rows = session.query(sql, &[]).await.map_err(stop)?;
        let limit = |column: usize| {
            let found = rows.first().and_then(|row| row.try_get(column).ok());
            found.unwrap_or_else(|| "0".to_owned())
        };
        self.bare(run, index, "SET lock_timeout = 0; SET statement_timeout = 0").await?;
        Ok((limit(0), limit(1)))
    }

    async fn bare(&self, run: &Run<'_>, index: usize, sql: &str) -> Result<(), Stop> {
        let sent = send(run.line.session(), sql).await.whole();
        sent.map_err(|error| self.stop(At::Statement(index), error))
    }

    async fn reached(&self, run: &Run<'_>, count: usize) -> Result<(), Stop> {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        self.record(run, &Change::Reached(count)).await
    }

    /// Changes the row, as the session's own role whatever role the script has taken on. Inside the script's own
    /// transaction it is a part of it.
    pub(super) async fn record(&self, run: &Run<'_>, what: &Change<'_>) -> Result<(), Stop> {
        let session = run.line.session();
        let own_role = self.own_role(run);
        if own_role.is_empty() {
            return change(run, self.row, what, self.kept).await;
        }
        let (begin, end) = if self.in_block { ("", "") } else { (self.begin(), "COMMIT") };
        let (begun, role, written, ended) = future::join4(
            send(session, begin),
            send(session, &own_role),
            change(run, self.row, what, self.kept),
            send(session, end),
        )
        .await;
        for sent in [begun, role, ended] {
            sent.whole().map_err(|error| self.stop(At::History, error))?;
        }
        written
    }

    /// Begins a transaction in which the row can be written, whatever default the script has set.
    fn begin(&self) -> &'static str {
        if self.script.changes_session() { "BEGIN READ WRITE" } else { "BEGIN" }
    }

    /// What gives the session its own role back for the rest of a transaction; empty where the script never takes on
    /// another.
    fn own_role(&self, run: &Run<'_>) -> String {
        if self.script.changes_session() { run.line.own_role() } else { String::new() }
    }

    /// Marks the script as done. A block that the script has left open ends here, as it would with its tool's session.
    async fn end(&mut self, run: &Run<'_>, total: usize) -> Result<(), Stop> {
        let count = i32::try_from(total).unwrap_or(i32::MAX);
        self.record(run, &Change::Done(count)).await?;
        if self.in_block {
            let committed = send(run.line.session(), "COMMIT").await.whole();
            committed.map_err(|error| self.stop(At::Commit, error))?;
        }
        Ok(())
    }

    pub(super) fn stop(&self, at: At, error: tokio_postgres::Error) -> Stop {
        match refused(at, self.script, error) {
            Stop::Refused { at, error, .. } => Stop::Refused { at, error, kept: self.kept },
            other => other,
        }
    }
}

/// Tells that the script goes on.
pub(super) fn tell_resumed(run: &Run<'_>, step: &StepName, done: usize, of: usize, because: &str) {
    run.tell(What::Resumed { step: step.clone(), done, of, because: because.to_owned() });
}

pub(super) async fn change(run: &Run<'_>, row: i64, change: &Change<'_>, kept: usize) -> Result<(), Stop> {
    let history = &run.target.history;
    let written = change.write(run.line.session(), history, row).await;
    written.map_err(|error| Stop::of(At::History, failed(history, error), kept))
}

fn way(effect: &Effect, major: u32) -> Way {
    if effect.transaction.is_forbidden(major) || effect.control.is_some() {
        return Way::Alone;
    }
    match (&effect.transaction, effect.kind) {
        (InTransaction::Depends { .. }, _) | (_, StatementKind::Call | StatementKind::Do) => {
            Way::TogetherIfPossible
        }
        _ => Way::Together,
    }
}

fn is_concurrent(effect: &Effect) -> bool {
    match effect.kind {
        StatementKind::CreateIndex { concurrently, .. }
        | StatementKind::Drop { concurrently, .. }
        | StatementKind::Reindex { concurrently } => concurrently,
        StatementKind::AlterTable => effect
            .actions
            .iter()
            .any(|action| matches!(action, Action::DetachPartition { concurrently: true, .. })),
        _ => false,
    }
}

/// The server's answers to a statement that cannot be in a transaction block.
fn ends_transactions(error: &DbError) -> bool {
    matches!(error.sqlstate(), Some(SqlState::INVALID_TRANSACTION_TERMINATION | SqlState::ACTIVE_TRANSACTION))
}
