//! Why a run stopped: each says what was being done, to what, why it failed, and what state the target is in.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use freehold_db::DbError;
use freehold_model::place::Place;
use freehold_model::sqlstate::SqlState;

use super::failure::At;
use super::recover::label;
use super::watch::Seen;
use crate::error::StatementsError;
use crate::event::{Holder, StepName, What, shown};
use crate::history::HistoryError;
use crate::plan::Refusal;
use crate::prepared::ReadyScript;

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The folder and the history do not fit, or the command does not. Nothing was run.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// The history cannot be used.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// No session could be had, or it broke before a script was begun.
    #[error("the target cannot be reached")]
    Connect(#[source] DbError),
    /// The server let itself be reached, or not even that, and said nothing.
    #[error("the target cannot be reached: {to} did not answer within {}", shown(*waited))]
    NoAnswer {
        /// The connection, for people.
        to: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Another migrator works on the target.
    #[error("another migrator works on {target}: waited {} for {}", shown(*waited), by(holder.as_deref()))]
    Busy {
        /// The target.
        target: String,
        /// Who holds the lock, where that can be seen.
        holder: Option<Box<Holder>>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The server refused a statement.
    #[error("{} failed at {}:{}:{}", failed.label, failed.place.file.display(), failed.place.start.line, failed.place.start.column)]
    Script {
        /// Which, where, and what was in the way.
        failed: Box<FailedStatement>,
        /// What the server said.
        #[source]
        source: DbError,
    },
    /// A script is no SQL.
    #[error("{label} cannot be run")]
    Unreadable {
        /// The migration.
        label: String,
        /// Why.
        #[source]
        source: Arc<StatementsError>,
    },
    /// A run died while a statement was in flight of which nobody can tell whether it took effect.
    #[error("it cannot be told whether `{headline}` ({}:{}) of {label} took effect when an earlier run died", place.file.display(), place.start.line)]
    Uncertain {
        /// The migration.
        label: String,
        /// The statement.
        headline: String,
        /// Where it stands.
        place: Box<Place>,
    },
    /// An index that a statement should have built is there, but not valid.
    #[error("the index {index} is there, but not valid ({}:{})", place.file.display(), place.start.line)]
    InvalidIndex {
        /// The index.
        index: String,
        /// The statement that passed it over.
        place: Box<Place>,
    },
    /// The part of a half-applied script that took effect was edited.
    #[error("{label} is applied in part, and the part that took effect was edited since ({})", file.display())]
    EditedPart {
        /// The migration.
        label: String,
        /// Its file.
        file: PathBuf,
    },
    /// The connection was lost and could not be made again.
    #[error(
        "the connection was lost while {label} was being run, and did not come back: whether it was committed is not known"
    )]
    OutcomeUnknown {
        /// The migration.
        label: String,
        /// How it was lost.
        lost: Box<DbError>,
        /// Why it did not come back.
        #[source]
        source: DbError,
    },
    /// The session was ended; the history says that the migration did not take effect.
    #[error("the session was ended while {label} was being run; it was not committed")]
    Ended {
        /// The migration.
        label: String,
        /// How.
        #[source]
        source: DbError,
    },
}

/// A statement that the server refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStatement {
    /// The migration.
    pub label: String,
    /// Where: the character that the server pointed at, else the statement.
    pub place: Place,
    /// The statement on one line; `COMMIT` when deferred checks failed at the end.
    pub headline: String,
    /// The number of the statement in its script, from 1.
    pub number: usize,
    /// True when nothing of the script took effect.
    pub rolled_back: bool,
    /// How many of its statements took effect and are recorded.
    pub kept: usize,
    /// How often it was tried.
    pub attempts: u32,
    /// Whom it waited for, if it waited for a lock.
    pub blockers: Vec<Holder>,
    /// Why that could not be seen.
    pub blind: Option<String>,
    /// The migration and the way it went.
    pub step: StepName,
}

impl RunError {
    /// What the server refused, with its place. `kept` is known of a script outside a transaction: how many of its
    /// statements took effect.
    pub(super) fn script(
        script: &ReadyScript,
        name: &StepName,
        (at, kept): (At, Option<usize>),
        source: DbError,
        seen: Seen,
        attempts: u32,
    ) -> Self {
        let last = script.statements().len().saturating_sub(1);
        let position = source.server().and_then(|server| server.position);
        let (index, place) = match at {
            At::Statement(index) => {
                let place = position.map_or_else(
                    || script.place(index),
                    |position| script.place_of_character(index, position),
                );
                (index, place)
            }
            At::Text { first, index } => {
                match position.and_then(|position| script.statement_of_character(first, position)) {
                    Some((index, character)) => (index, script.place_of_character(index, character)),
                    None => (index, script.place(index)),
                }
            }
            At::History | At::Commit => {
                let index = kept.unwrap_or(last).min(last);
                (index, script.place(index))
            }
        };
        let headline = match at {
            At::Commit => "COMMIT".to_owned(),
            At::History => "the row of the history".to_owned(),
            At::Statement(_) | At::Text { .. } => script.headline(index),
        };
        let lock = source.sqlstate() == Some(SqlState::LOCK_NOT_AVAILABLE);
        Self::Script {
            failed: Box::new(FailedStatement {
                label: label(name),
                place,
                headline,
                number: index + 1,
                rolled_back: kept.is_none(),
                kept: kept.unwrap_or(0),
                attempts,
                blockers: if lock { seen.blockers } else { Vec::new() },
                blind: seen.blind.filter(|_| lock),
                step: name.clone(),
            }),
            source,
        }
    }

    /// What the server said, where it was the server.
    pub fn sqlstate(&self) -> Option<SqlState> {
        match self {
            Self::Script { source, .. } | Self::Connect(source) | Self::Ended { source, .. } => {
                source.sqlstate()
            }
            Self::History(HistoryError::Db(error)) => error.sqlstate(),
            _ => None,
        }
    }

    /// The lines of a file that it is about.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Script { failed, .. } => Some(&failed.place),
            Self::Unreadable { source, .. } => Some(&source.place),
            Self::Uncertain { place, .. } | Self::InvalidIndex { place, .. } => Some(place),
            _ => None,
        }
    }

    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Refused(refusal) => return refusal.help(),
            Self::History(error) => return error.help(),
            Self::Script { failed, source } => return Some(failed.help(source)),
            Self::Busy { .. } => "Wait for it, or end its session; --wait says how long to wait.".to_owned(),
            Self::Uncertain { .. } => "Look whether it took effect, then run `freehold migrate up` with \
                                       --in-flight took-effect or --in-flight did-not."
                .to_owned(),
            Self::InvalidIndex { index, .. } => {
                format!("Run DROP INDEX CONCURRENTLY {index}, then `freehold migrate up` again.")
            }
            Self::EditedPart { .. } => {
                "Restore the statements that took effect; those after them may be edited.".to_owned()
            }
            Self::OutcomeUnknown { .. } => "When the server is back, `freehold migrate status` tells; \
                                            `freehold migrate up` goes on from there."
                .to_owned(),
            Self::Ended { .. } => "`freehold migrate up` goes on from there.".to_owned(),
            Self::Connect(_) | Self::NoAnswer { .. } | Self::Unreadable { .. } => return None,
        })
    }

    /// The event that tells of it.
    pub fn event(&self) -> What {
        let mut error = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            error.push_str(": ");
            error.push_str(&cause.to_string());
            source = cause.source();
        }
        let place = self
            .place()
            .map(|place| format!("{}:{}:{}", place.file.display(), place.start.line, place.start.column));
        let step = match self {
            Self::Script { failed, .. } => Some(failed.step.clone()),
            _ => None,
        };
        What::Failed { step, error, sqlstate: self.sqlstate(), place }
    }
}

impl FailedStatement {
    /// Whom it waited for, for people; `None` where it did not wait for anybody.
    pub fn in_the_way(&self) -> Option<String> {
        let list: Vec<String> = self.blockers.iter().map(ToString::to_string).collect();
        if list.is_empty() { None } else { Some(list.join("; ")) }
    }

    fn help(&self, source: &DbError) -> String {
        let again = format!("`freehold migrate {}`", self.step.direction);
        let next = self.kept + 1;
        let state = if self.rolled_back {
            format!("Nothing of it took effect; mend the script and run {again} again.")
        } else if self.kept == 0 {
            format!(
                "None of its statements is done; {again} begins with the first, and all may be edited first."
            )
        } else {
            format!(
                "The statements before number {next} took effect and are recorded; {again} goes on with number {next}, \
                 and it and those after it may be edited first."
            )
        };
        match source.sqlstate() {
            Some(SqlState::LOCK_NOT_AVAILABLE) => {
                let who = match (self.in_the_way(), &self.blind) {
                    (Some(who), _) => format!("In the way: {who}."),
                    (None, Some(why)) => format!("Who is in the way could not be seen: {why}."),
                    (None, None) => "Who was in the way was not seen.".to_owned(),
                };
                let tries =
                    if self.attempts == 1 { "once".to_owned() } else { format!("{} times", self.attempts) };
                format!(
                    "{who} It was tried {tries}; run {again} again when it is gone, or allow more \
                     with --lock-timeout and --attempts."
                )
            }
            Some(SqlState::ACTIVE_TRANSACTION) => format!(
                "This statement cannot be in a transaction: put it into a migration of its own that carries the \
                 format's mark for no transaction. {state}"
            ),
            Some(SqlState::DISK_FULL) => format!("The server's disk is full: make room first. {state}"),
            _ => state,
        }
    }
}

fn by(holder: Option<&Holder>) -> String {
    holder.map_or_else(|| "a session that cannot be seen".to_owned(), ToString::to_string)
}
