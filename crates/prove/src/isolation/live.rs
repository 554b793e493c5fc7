//! The tenant line of a database in use: with the rows that are there, and without showing a value of any of them.
//!
//! Reading is done in read-only transactions. What is known of the rows comes from the role that connects, which no
//! policy may bind; what the application sees is asked as the application's role, in the context of one tenant with
//! rows of another in view. Keys stand in the evidence as variables of psql (`:'tenant_b'`); counts are all that is told.

mod rows;
mod tables;
mod tenants;
mod ways;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use freehold_db::{DbError, Session};
use freehold_model::{
    catalog::{Catalog, RelationKind},
    name::quote_identifier,
    sqlstate::SqlState,
};
use tokio_postgres::SimpleQueryMessage;

use super::{
    error::IsolationError,
    matrix::{Cell, Matrix},
    outcome::Outcome,
    target::{self, Target, TargetKind},
    tenancy::Tenancy,
};
use tenants::Tenants;

/// How a database in use is tried.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    /// The longest that one statement may take, in milliseconds.
    pub statement_limit_ms: u64,
    /// Changes are tried too, in transactions that are rolled back. The session must be one that can write.
    pub writes: bool,
    /// Also on tables with triggers, of which nobody knows what they do outside of the database.
    pub triggers: bool,
}

/// What the trials of one database share.
struct Live<'l> {
    session: &'l Session,
    catalog: &'l Catalog,
    tenancy: &'l Tenancy,
    options: &'l LiveOptions,
    /// The statements by which a transaction becomes the application in A's context, keys as variables.
    become_it: Vec<String>,
    tenants: Tenants,
    trials: AtomicU64,
}

/// As what a statement is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// As the application in A's context; it cannot write.
    Reads,
    /// As the application without a context; it cannot write.
    ReadsWithoutTenant,
    /// As the application in A's context.
    Writes,
}

/// A statement that was run as the application.
struct Ran {
    /// Ready to paste into psql, keys as variables.
    sql: String,
    /// Rows counted or changed; or the condition that refused it.
    outcome: Result<u64, Option<SqlState>>,
}

/// Tries what can be tried with the rows that are there.
///
/// # Errors
/// When the session is lost, or may not see what it must see: the role that connects must not be bound by policies.
pub async fn live(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    options: &LiveOptions,
    tell: &(dyn Fn(usize, usize, &str) + Sync),
) -> Result<Matrix, IsolationError> {
    let begun = Instant::now();
    let own = |doing: &'static str| IsolationError::own(doing);
    let limits = format!("SET statement_timeout = {}; SET lock_timeout = '1s'", options.statement_limit_ms);
    session.run(&limits).await.map_err(own("limiting the time of statements"))?;
    let role = tenants::application(session, tenancy).await?;
    let tenants = tenants::choose(session, catalog, tenancy).await?;
    let mut become_it = vec![role.becoming()];
    become_it
        .extend(tenancy.assume.iter().map(|sql| sql.replace("$1", ":'tenant_a'").replace("$2", ":'user_a'")));
    let said = tenants.said.clone();
    let live = Live { session, catalog, tenancy, options, become_it, tenants, trials: AtomicU64::new(0) };
    let targets = targets(&live);
    let mut cells = Vec::new();
    for (number, target) in targets.iter().enumerate() {
        tell(number, targets.len(), &target.name);
        let TargetKind::Relation(oid) = target.kind else { continue };
        for (way, outcome) in tables::tried(&live, oid).await? {
            cells.push(Cell { target: number, way, outcome });
        }
    }
    Ok(Matrix {
        targets,
        cells,
        tenants: Vec::new(),
        unfilled: Vec::new(),
        said,
        role: role.name.clone(),
        role_was_made: false,
        effective_role: Some(role.name),
        may_write: BTreeSet::new(),
        trials: live.trials.load(Ordering::Relaxed),
        took: Duration::max(begun.elapsed(), Duration::from_millis(1)),
    })
}

/// Tables with rows of tenants, and views.
fn targets(live: &Live<'_>) -> Vec<Target> {
    let relations = live.catalog.relations.iter().filter(|relation| {
        live.tenancy.owned.contains_key(&relation.oid)
            || matches!(relation.kind, RelationKind::View | RelationKind::MaterializedView)
    });
    relations
        .map(|relation| Target {
            kind: TargetKind::Relation(relation.oid),
            name: relation.name.to_string(),
            about: target::about(live.catalog, relation, live.tenancy.owned.get(&relation.oid)),
        })
        .collect()
}

impl Live<'_> {
    /// Runs one statement as the application and rolls back. In it keys are variables.
    async fn run(&self, how: How, sql: &str, keys: &[(String, String)]) -> Result<Ran, IsolationError> {
        self.trials.fetch_add(1, Ordering::Relaxed);
        let begin = if how == How::Writes { "BEGIN READ WRITE" } else { "BEGIN READ ONLY" };
        let taken = if how == How::ReadsWithoutTenant { 1 } else { self.become_it.len() };
        let before = self.become_it.iter().take(taken);
        let shown: Vec<&str> =
            std::iter::once(begin).chain(before.map(String::as_str)).chain([sql, "ROLLBACK"]).collect();
        let mut outcome = Ok(0);
        for statement in &shown {
            let real = self.tenants.filled(statement, keys);
            match self.session.client().simple_query(&real).await {
                Ok(messages) if *statement == sql => outcome = Ok(counted(&messages)),
                Ok(_) => {}
                Err(error) => {
                    let error = DbError::from_postgres("a trial", error);
                    let Some(server) = error.server() else {
                        return Err(IsolationError::own("a trial")(error));
                    };
                    if outcome.is_ok() {
                        outcome = Err(server.sqlstate);
                    }
                    self.session.run("ROLLBACK").await.map_err(IsolationError::own("rolling back"))?;
                    break;
                }
            }
        }
        let lines: Vec<String> = shown.iter().map(|line| format!("{line};")).collect();
        Ok(Ran { sql: lines.join("\n"), outcome })
    }
}

/// The number that one row tells, or how many rows were changed.
fn counted(messages: &[SimpleQueryMessage]) -> u64 {
    let told = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    let affected = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::CommandComplete(count) => Some(*count),
        _ => None,
    });
    told.or(affected).unwrap_or(0)
}

/// What is no answer: the server's message may hold values, so that its condition alone is told.
fn refused(ran: &Ran, state: Option<SqlState>) -> Outcome {
    match state {
        Some(SqlState::INSUFFICIENT_PRIVILEGE) => Outcome::held(&ran.sql, "refused (42501)"),
        Some(state) => Outcome::not_tried(format!("the server refused the statement ({state})")),
        None => Outcome::not_tried("the server refused the statement"),
    }
}

/// A name as SQL.
fn quoted(name: &str) -> String {
    quote_identifier(name)
}
