//! One transaction as the application, rolled back: what was prepared, who it was, what was run, what was looked at after.

use freehold_db::{DbError, Session};
use freehold_model::sqlstate::SqlState;
use futures_util::future::join_all;
use tokio_postgres::SimpleQueryMessage;

use super::{error::IsolationError, world::World};

/// Who runs a trial.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// The tenant whose context is taken on: 0 is A, 1 is B. None: no context at all.
    pub tenant: Option<usize>,
    /// Another role than the application's.
    pub role: Option<String>,
}

impl Who {
    /// The application in tenant A's context.
    pub const A: Self = Self { tenant: Some(0), role: None };
    /// The application in tenant B's context.
    pub const B: Self = Self { tenant: Some(1), role: None };
    /// The application without a context.
    pub const NOBODY: Self = Self { tenant: None, role: None };

    /// The same as another role.
    #[must_use]
    pub fn as_role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }
}

/// Rows and count of one statement that went through. Values are text as the server writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Option<String>>>,
    /// The number in the command tag: rows returned or changed.
    pub affected: u64,
}

impl Answer {
    /// The first value of the first row.
    pub fn value(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }

    /// Rows as lines for people: `name = value, …`; at most this many.
    pub fn lines(&self, most: usize) -> Vec<String> {
        let line = |row: &Vec<Option<String>>| {
            let fields = self.columns.iter().zip(row);
            let fields =
                fields.map(|(name, value)| format!("{name} = {}", value.as_deref().unwrap_or("NULL")));
            fields.collect::<Vec<_>>().join(", ")
        };
        self.rows.iter().take(most).map(line).collect()
    }
}

/// What the server said when it refused a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The condition.
    pub sqlstate: Option<SqlState>,
    /// Its message.
    pub message: String,
    /// The constraint concerned.
    pub constraint: Option<String>,
}

impl Refused {
    /// True for a lack of privilege, and for a row that a policy's WITH CHECK refuses: both are 42501.
    pub fn is_by_privilege(&self) -> bool {
        self.sqlstate == Some(SqlState::INSUFFICIENT_PRIVILEGE)
    }

    /// True for the classes 22 and 23: the statement got as far as values and constraints.
    pub fn is_by_data(&self) -> bool {
        self.sqlstate.is_some_and(|state| matches!(state.class(), "22" | "23"))
    }

    /// True for class 23: a row got as far as a constraint.
    pub fn is_by_constraint(&self) -> bool {
        self.sqlstate.is_some_and(|state| state.class() == "23")
    }

    /// `permission denied for table orders (42501)`.
    pub fn words(&self) -> String {
        match self.sqlstate {
            Some(state) => format!("{} ({state})", self.message),
            None => self.message.clone(),
        }
    }
}

/// What a trial saw.
#[derive(Debug)]
pub struct Seen {
    /// What was run from the role and the context on, ready to paste.
    pub sql: String,
    /// What was prepared, or the context, could not be done: nothing was tried then.
    pub stopped: Option<Refused>,
    /// One for each statement that was run, in order, up to the first that was refused (the last one then).
    pub runs: Vec<Result<Answer, Refused>>,
    /// One for each look after it; empty when a statement was refused.
    pub looks: Vec<Answer>,
    /// What the server said beside its answers, in order.
    pub notices: Vec<String>,
}

impl Seen {
    /// What came of the last statement that was run.
    pub fn last(&self) -> Result<&Answer, &Refused> {
        match self.runs.last() {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(refused)) => Err(refused),
            None => Err(NOTHING),
        }
    }

    /// The first statement's refusal, if one was refused.
    pub fn refused(&self) -> Option<&Refused> {
        self.runs.iter().find_map(|run| run.as_ref().err())
    }
}

pub(super) static NOTHING: &Refused = &Refused { sqlstate: None, message: String::new(), constraint: None };

/// A transaction to be tried.
#[must_use]
pub struct Trial<'w> {
    world: &'w World<'w>,
    who: Who,
    prepare: Vec<String>,
    runs: Vec<String>,
    looks: Vec<String>,
    alone: bool,
    on: Option<&'w Session>,
}

impl<'w> Trial<'w> {
    pub(super) fn new(world: &'w World<'w>, who: Who) -> Self {
        Self { world, who, prepare: Vec::new(), runs: Vec::new(), looks: Vec::new(), alone: false, on: None }
    }

    /// Runs this first, as the superuser. One or several statements.
    pub fn prepare(mut self, sql: impl Into<String>) -> Self {
        self.prepare.push(sql.into());
        self
    }

    /// Runs this as the application. One statement.
    pub fn run(mut self, sql: impl Into<String>) -> Self {
        self.runs.push(sql.into());
        self
    }

    /// Asks this afterwards, as the superuser, in the same transaction. One statement.
    pub fn look(mut self, sql: impl Into<String>) -> Self {
        self.looks.push(sql.into());
        self
    }

    /// Goes to the database in which only tenant A has rows.
    pub fn where_a_is_alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Runs all of these, in order, each as one statement.
    pub fn run_all(mut self, sql: impl IntoIterator<Item = String>) -> Self {
        self.runs.extend(sql);
        self
    }

    /// Goes to another session of the superuser than the world's own: one of [`World::untouched`] or
    /// [`World::another_session`].
    pub fn on(mut self, session: &'w Session) -> Self {
        self.on = Some(session);
        self
    }

    /// Runs several, each rolled back before the next begins, in one round trip.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn all(trials: impl IntoIterator<Item = Trial<'w>>) -> Result<Vec<Seen>, IsolationError> {
        // Each sends everything when it is first polled, and they are polled in order.
        join_all(trials.into_iter().map(Trial::go)).await.into_iter().collect()
    }

    /// Runs it and rolls back.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn go(self) -> Result<Seen, IsolationError> {
        let own = if self.alone { &self.world.alone } else { &self.world.session };
        let session = self.on.unwrap_or(own);
        let mut before = vec!["BEGIN".to_owned()];
        before.extend(self.prepare.iter().cloned());
        let become_it = self.world.becoming(&self.who);
        before.extend(become_it.iter().cloned());
        let paste = self.paste(&become_it);
        let mut after = Vec::new();
        if !self.looks.is_empty() {
            after.push("SET LOCAL SESSION AUTHORIZATION DEFAULT".to_owned());
            after.push("SET LOCAL row_security = off".to_owned());
        }
        let back = after.len();
        after.extend(self.looks.iter().cloned());
        self.world.count_trial();
        let client = session.client();
        let texts = before.iter().chain(&self.runs).chain(&after).map(String::as_str);
        let sent = texts.chain(std::iter::once("ROLLBACK")).map(|sql| client.simple_query(sql));
        session.take_notices();
        let mut answers = join_all(sent).await.into_iter();
        let notices = session.take_notices().into_iter().map(|notice| notice.message).collect();
        let mut seen = Seen { sql: paste, stopped: None, runs: Vec::new(), looks: Vec::new(), notices };
        for answer in answers.by_ref().take(before.len()) {
            if let Err(refused) = read(answer)?
                && seen.stopped.is_none()
            {
                seen.stopped = Some(refused);
            }
        }
        for answer in answers.by_ref().take(self.runs.len()) {
            let answer = read(answer)?;
            if seen.stopped.is_none() && seen.refused().is_none() {
                seen.runs.push(answer);
            }
        }
        for (number, answer) in answers.by_ref().take(after.len()).enumerate() {
            match read(answer)? {
                Ok(answer) if number >= back => seen.looks.push(answer),
                Ok(_) => {}
                Err(refused) => {
                    if seen.stopped.is_none() && seen.refused().is_none() {
                        seen.stopped = Some(refused);
                    }
                }
            }
        }
        for answer in answers {
            read(answer)?.ok();
        }
        Ok(seen)
    }

    fn paste(&self, become_it: &[String]) -> String {
        script(self.prepare.iter().chain(become_it).chain(&self.runs).map(String::as_str))
    }
}

/// Sends statements on a session in one round trip, each on its own, and gives what came of each.
///
/// # Errors
/// When the session is lost.
pub async fn send(
    session: &Session,
    statements: &[String],
) -> Result<Vec<Result<Answer, Refused>>, IsolationError> {
    let client = session.client();
    let answers = join_all(statements.iter().map(|sql| client.simple_query(sql))).await;
    answers.into_iter().map(read).collect()
}

/// Statements as a transaction that is rolled back, ready to paste.
pub(super) fn script<'a>(statements: impl Iterator<Item = &'a str>) -> String {
    let mut lines = vec!["BEGIN;".to_owned()];
    lines.extend(statements.map(|sql| format!("{};", sql.trim_end().trim_end_matches(';'))));
    lines.push("ROLLBACK;".to_owned());
    lines.join("\n")
}

/// Rows and count, or what the server refused. Errors of the connection end everything.
pub(super) fn read(
    answer: Result<Vec<SimpleQueryMessage>, tokio_postgres::Error>,
) -> Result<Result<Answer, Refused>, IsolationError> {
    let messages = match answer {
        Ok(messages) => messages,
        Err(error) => {
            let error = DbError::from_postgres("a trial", error);
            return match error.server() {
                Some(server) => Ok(Err(Refused {
                    sqlstate: server.sqlstate,
                    message: server.message.clone(),
                    constraint: server.constraint.clone(),
                })),
                None => Err(IsolationError::own("a trial")(error)),
            };
        }
    };
    let mut answer = Answer::default();
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                answer.columns = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            SimpleQueryMessage::Row(row) => {
                answer.rows.push((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect());
            }
            SimpleQueryMessage::CommandComplete(count) => answer.affected = count,
            _ => {}
        }
    }
    Ok(Ok(answer))
}
