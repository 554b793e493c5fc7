//! Several attempts in one transaction and one round trip, each behind a savepoint of its own and undone after it.

use futures_util::future::join_all;

use super::{
    error::IsolationError,
    trial::{Answer, Refused, Who, read, script},
    world::World,
};

const SAVE: &str = "SAVEPOINT freehold_attempt";
const BACK: &str = "ROLLBACK TO SAVEPOINT freehold_attempt";

/// Attempts that are sent together. What one does is undone before the next begins.
#[must_use]
pub struct Batch<'w> {
    world: &'w World<'w>,
    who: Who,
    prepare: Vec<String>,
    attempts: Vec<Vec<String>>,
    looks: Vec<String>,
    alone: bool,
}

/// What came of one attempt.
#[derive(Debug)]
pub struct Attempt {
    /// What was run, as a transaction of its own that can be pasted.
    pub sql: String,
    /// One for each statement, up to the first that was refused.
    pub runs: Vec<Result<Answer, Refused>>,
    /// One for each look after it; empty when a statement was refused.
    pub looks: Vec<Answer>,
}

impl Attempt {
    /// The answer of the last statement, or what the first refused one was refused for.
    ///
    /// # Errors
    /// The refusal.
    pub fn last(&self) -> Result<&Answer, &Refused> {
        match self.runs.iter().find_map(|run| run.as_ref().err()) {
            Some(refused) => Err(refused),
            None => self.runs.last().map_or(Err(super::trial::NOTHING), |run| run.as_ref()),
        }
    }
}

/// What came of a batch.
#[derive(Debug)]
pub struct Attempts {
    /// What was prepared, or the context, could not be done: nothing was tried then.
    pub stopped: Option<Refused>,
    /// One for each attempt, in order; none when stopped.
    pub attempts: Vec<Attempt>,
    /// What the server said beside its answers, in order: severity is left out.
    pub notices: Vec<String>,
    /// Everything that was run, but for the looks, ready to paste. Attempts that were refused are among it.
    pub sql: String,
}

impl<'w> Batch<'w> {
    pub(super) fn new(world: &'w World<'w>, who: Who) -> Self {
        Self { world, who, prepare: Vec::new(), attempts: Vec::new(), looks: Vec::new(), alone: false }
    }

    /// Runs each of these first, as the superuser.
    pub fn prepare_all(mut self, statements: &[String]) -> Self {
        self.prepare.extend_from_slice(statements);
        self
    }

    /// Tries each of these as the application: one or several statements.
    pub fn attempts(mut self, attempts: &[Vec<String>]) -> Self {
        self.attempts.extend_from_slice(attempts);
        self
    }

    /// Asks this after every attempt, as the superuser. One statement.
    pub fn look(mut self, sql: impl Into<String>) -> Self {
        self.looks.push(sql.into());
        self
    }

    /// Goes to the database in which only tenant A has rows.
    pub fn where_a_is_alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Runs all of them and rolls back.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn go(self) -> Result<Attempts, IsolationError> {
        let session = if self.alone { &self.world.alone } else { &self.world.session };
        let become_it = self.world.becoming(&self.who);
        let before: Vec<&str> = std::iter::once("BEGIN")
            .chain(self.prepare.iter().map(String::as_str))
            .chain(become_it.iter().map(String::as_str))
            .collect();
        let mut after = Vec::new();
        if !self.looks.is_empty() {
            after.extend(["SET LOCAL SESSION AUTHORIZATION DEFAULT", "SET LOCAL row_security = off"]);
        }
        let back = after.len();
        after.extend(self.looks.iter().map(String::as_str));
        let mut sent = before.clone();
        let mut shown = before.clone();
        for attempt in &self.attempts {
            let statements = attempt.iter().map(String::as_str);
            shown.extend(std::iter::once(SAVE).chain(statements.clone()).chain([BACK]));
            sent.extend(std::iter::once(SAVE).chain(statements).chain(after.iter().copied()).chain([BACK]));
        }
        sent.push("ROLLBACK");
        let sql = script(shown.into_iter().skip(1));
        self.world.count_trials(self.attempts.len() as u64);
        session.take_notices();
        let client = session.client();
        let mut answers = join_all(sent.into_iter().map(|sql| client.simple_query(sql))).await.into_iter();
        let notices = session.take_notices().into_iter().map(|notice| notice.message).collect();
        let mut stopped = None;
        for answer in answers.by_ref().take(before.len()) {
            stopped = stopped.or(read(answer)?.err());
        }
        let mut attempts = Vec::new();
        for statements in &self.attempts {
            answers.by_ref().take(1).try_for_each(|answer| read(answer).map(drop))?;
            let mut runs: Vec<Result<Answer, Refused>> = Vec::new();
            for answer in answers.by_ref().take(statements.len()) {
                let answer = read(answer)?;
                if runs.last().is_none_or(Result::is_ok) {
                    runs.push(answer);
                }
            }
            let mut looks = Vec::new();
            for (number, answer) in answers.by_ref().take(after.len()).enumerate() {
                if let Ok(answer) = read(answer)?
                    && number >= back
                {
                    looks.push(answer);
                }
            }
            answers.by_ref().take(1).try_for_each(|answer| read(answer).map(drop))?;
            let sql = script(self.prepare.iter().chain(&become_it).chain(statements).map(String::as_str));
            attempts.push(Attempt { sql, runs, looks });
        }
        for answer in answers {
            read(answer)?.ok();
        }
        if stopped.is_some() {
            attempts.clear();
        }
        Ok(Attempts { stopped, attempts, notices, sql })
    }
}
