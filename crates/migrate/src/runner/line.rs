//! A session that does the work, and a second one that looks at what the first one waits for.

use std::time::Duration;

use freehold_db::{ConnectTo, DbError, Session};
use freehold_model::name::{quote_identifier, quote_literal};
use tokio::sync::Mutex;

use super::error::RunError;
use crate::command::RunOptions;
use crate::target::{HistoryTable, Target};
use tokio_postgres::{Row, types::ToSql};

/// A connection to a database. It serves one target after another.
#[derive(Debug)]
pub struct Line {
    to: ConnectTo,
    session: Session,
    monitor: Mutex<Option<Session>>,
    prelude: String,
    role: String,
    /// True when scripts were run since it was entered.
    used: bool,
    /// True when commits do not wait for the disk.
    quick: bool,
}

/// Ends what a script may have left in the session. `DISCARD ALL` would let go of the advisory lock as well.
const CLEAN: &str = "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; \
                     DEALLOCATE ALL; DISCARD TEMP; DISCARD SEQUENCES;";

/// Commits do not wait for the disk.
const QUICK: &str = " SET synchronous_commit = off;";

/// The same between two targets. Prepared statements stay: scripts that make some are cleaned up after by themselves.
const BETWEEN_TARGETS: &str = "CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; UNLISTEN *; DISCARD TEMP; \
                               DISCARD SEQUENCES;";

impl Line {
    /// Connects.
    ///
    /// # Errors
    /// When no session can be had.
    pub async fn open(to: &ConnectTo) -> Result<Self, DbError> {
        let session = Session::open(to).await?;
        Ok(Self {
            to: to.clone(),
            session,
            monitor: Mutex::default(),
            prelude: String::new(),
            role: String::new(),
            used: false,
            quick: false,
        })
    }

    /// The session that does the work.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Where it is connected to.
    pub fn to(&self) -> &ConnectTo {
        &self.to
    }

    /// Makes the settings of a target the session's.
    pub(crate) async fn enter(&mut self, target: &Target, options: &RunOptions) -> Result<(), RunError> {
        let first = self.prelude.is_empty();
        let prelude = prelude(target, options);
        if self.used {
            // What a function has left in the session is in no script's text; the next target must not meet it.
            let sql = format!("{BETWEEN_TARGETS}{prelude}");
            let sent = self.session.client().batch_execute(&sql).await;
            sent.map_err(|error| RunError::Connect(DbError::from_postgres("preparing for a target", error)))?;
        } else if self.prelude != prelude {
            self.session.run(&prelude).await.map_err(RunError::Connect)?;
        }
        if first || self.used {
            self.notice_when_abandoned().await;
        }
        self.prelude = prelude;
        self.used = false;
        self.quick = false;
        Ok(())
    }

    /// Remembers that scripts are run.
    pub(crate) fn use_it(&mut self) {
        self.used = true;
    }

    /// Lets the server notice within seconds that this program is gone, also while a long statement runs. Servers on
    /// systems that cannot notice refuse the setting; then the statement runs to its end first.
    async fn notice_when_abandoned(&self) {
        let _ = self.session.run("SET client_connection_check_interval = '2s'").await;
    }

    /// The session as it was entered, whatever a script has set.
    pub(crate) async fn clean(&self) -> Result<(), DbError> {
        self.session.run(&format!("{CLEAN}{}", self.settings())).await?;
        self.notice_when_abandoned().await;
        Ok(())
    }

    /// Lets commits wait for the disk, or not, until another target is entered.
    pub(crate) async fn set_quick(&mut self, quick: bool) -> Result<(), DbError> {
        if self.quick == quick {
            return Ok(());
        }
        self.quick = quick;
        self.session.run(if quick { QUICK } else { "SET synchronous_commit TO DEFAULT" }).await
    }

    /// The settings that the session has between two scripts.
    fn settings(&self) -> String {
        if self.quick { format!("{}{QUICK}", self.prelude) } else { self.prelude.clone() }
    }

    /// Puts back the time limits that a statement was freed of.
    pub(crate) async fn restore_timeouts(&self, options: &RunOptions) -> Result<(), DbError> {
        self.session.run(&timeouts(options)).await
    }

    /// Connects again after the connection was lost, trying for at most so long.
    pub(crate) async fn reconnect(&mut self, limit: Duration) -> Result<(), DbError> {
        let begun = std::time::Instant::now();
        let mut pauses =
            super::attempt::pauses(Duration::from_millis(100), Duration::from_secs(2), usize::MAX);
        let session = loop {
            match Session::open(&self.to).await {
                Ok(session) => break session,
                Err(error) if begun.elapsed() >= limit || !may_come_back(&error) => return Err(error),
                Err(_) => tokio::time::sleep(pauses.next().unwrap_or(limit)).await,
            }
        };
        *self.monitor.lock().await = None;
        let old = std::mem::replace(&mut self.session, session);
        old.close().await;
        self.session.run(&self.settings()).await?;
        self.notice_when_abandoned().await;
        Ok(())
    }

    /// Asks something of a second session, which is made when it is first needed.
    pub(crate) async fn ask(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, DbError> {
        let mut monitor = self.monitor.lock().await;
        if monitor.as_ref().is_none_or(Session::is_closed) {
            let session = Session::open(&self.to).await?;
            session.run("SET default_transaction_read_only = on; SET statement_timeout = '5s'").await?;
            *monitor = Some(session);
        }
        match monitor.as_ref() {
            Some(session) => session.query(sql, params).await,
            None => Ok(Vec::new()),
        }
    }

    /// Remembers the role that the session has by itself: rows are written by it, whatever role a script takes on.
    pub(crate) fn own(&mut self, role: &str) {
        role.clone_into(&mut self.role);
    }

    /// Gives the session its own role and encoding back until the end of the transaction.
    pub(crate) fn own_role(&self) -> String {
        format!(
            "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE {}; SET LOCAL client_encoding = 'UTF8'",
            quote_identifier(&self.role)
        )
    }

    /// Ends whatever transaction is open.
    pub(crate) async fn abandon(&self) -> Result<(), DbError> {
        self.session.run("ROLLBACK").await?;
        self.clean().await
    }

    /// Ends both sessions.
    pub async fn close(self) {
        if let Some(monitor) = self.monitor.into_inner() {
            monitor.close().await;
        }
        self.session.close().await;
    }
}

/// A server that starts, recovers or is full may serve later; one that refuses a password will not.
fn may_come_back(error: &DbError) -> bool {
    match error.sqlstate() {
        Some(state) => matches!(state.class(), "57" | "53" | "08"),
        None => error.is_connection_lost(),
    }
}

fn timeouts(options: &RunOptions) -> String {
    let milliseconds = |time: Duration| time.as_millis().min(i32::MAX as u128);
    let statement = options.statement_timeout.map_or(0, milliseconds);
    let lock = milliseconds(options.lock_timeout);
    format!("SET lock_timeout = {lock}; SET statement_timeout = {statement};")
}

fn prelude(target: &Target, options: &RunOptions) -> String {
    let mut sql = format!(
        "SET application_name = 'freehold migrate'; {} SET idle_in_transaction_session_timeout = 0;",
        timeouts(options)
    );
    match &target.tenant {
        Some(tenant) => {
            let path = quote_literal(&tenant.search_path());
            sql.push_str(&format!(" SELECT pg_catalog.set_config('search_path', {path}, false);"));
        }
        None => sql.push_str(&not_into_the_history(&target.history)),
    }
    sql
}

/// For a role that is called like the history's schema: `"$user"` in `search_path` would mean that schema as soon as it
/// is made, and what scripts make without naming a schema would go there. Left alone where the schema holds more than
/// the history, for then it is the role's own.
fn not_into_the_history(history: &HistoryTable) -> String {
    let schema = quote_literal(&history.schema);
    let table = quote_literal(&history.table);
    format!(
        " SELECT pg_catalog.set_config('search_path', coalesce(nullif(pg_catalog.regexp_replace(\
         pg_catalog.current_setting('search_path'), '\"?\\$user\"?\\s*,?\\s*', ''), ''), 'public'), false) \
         WHERE current_user = {schema} AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = {schema} AND c.relname <> {table} AND c.relkind IN ('r', 'p', 'v', 'm', 'f'));"
    )
}
