//! What an environment's rules have against a command.

use std::fmt;

use freehold_migrate::allow::AllowError;
use freehold_migrate::destructive::Destructive;
use freehold_model::place::Place;

use super::Ground;

/// A command that an environment's rules do not allow. Nothing was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Whose rules.
    pub ground: Ground,
    /// Every reason.
    pub problems: Vec<Problem>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It takes migrations back.
    Backwards {
        /// The command.
        command: &'static str,
    },
    /// It rewrites what the history says.
    Rewrites {
        /// The command.
        command: &'static str,
    },
    /// No ticket was named.
    NoTicket,
    /// What was named is no ticket.
    OddTicket,
    /// A statement loses data or cuts off running code.
    Destructive {
        /// The migration.
        label: String,
        /// The statement.
        what: Box<Destructive>,
    },
    /// A comment that should allow something cannot be read.
    Allow {
        /// What is wrong with it.
        error: AllowError,
    },
    /// A script is no SQL, so that it cannot be judged.
    Unreadable {
        /// The migration.
        label: String,
        /// Why.
        why: String,
        /// Where.
        place: Box<Place>,
    },
    /// It was not rehearsed in this exact form.
    NotRehearsed {
        /// The migration.
        label: String,
        /// What the record says, as a clause.
        why: String,
    },
}

impl Refused {
    /// One of the reasons as a sentence.
    pub fn sentence(&self, problem: &Problem) -> String {
        let ground = &self.ground;
        match problem {
            Problem::Backwards { command } => {
                format!("{ground} is forward-only, and `{command}` takes migrations back")
            }
            Problem::Rewrites { command } => {
                format!("{ground} is forward-only, and `{command}` rewrites its history")
            }
            Problem::NoTicket => format!("{ground} asks for a ticket"),
            Problem::OddTicket => format!("{ground} asks for a ticket, and what was given is none"),
            Problem::Destructive { label, what } => {
                let object = what.object.as_deref().map(|object| format!(" {object}")).unwrap_or_default();
                format!("{ground} refuses {}{object} in {label}: {}", what.word, what.why)
            }
            Problem::Allow { error } => error.to_string(),
            Problem::Unreadable { label, why, .. } => format!("{label} cannot be judged: {why}"),
            Problem::NotRehearsed { label, why } => {
                format!("{ground} applies only what was rehearsed, and {label} was not: {why}")
            }
        }
    }

    /// What to do about one of them, as a sentence.
    pub fn help(&self, problem: &Problem) -> Option<String> {
        let guessed = matches!(self.ground, Ground::Address { .. });
        let help = match problem {
            Problem::Backwards { .. } => {
                "Write a new migration that undoes it; or, in an emergency, say --i-know.".to_owned()
            }
            Problem::Rewrites { .. } => "If the history is wrong, say --i-know.".to_owned(),
            Problem::NoTicket => "Name it with --ticket; the history records it.".to_owned(),
            Problem::OddTicket => {
                "Name a ticket of at most 200 characters, on one line, with --ticket.".to_owned()
            }
            Problem::Destructive { what, .. } => {
                let object = what.object.as_deref().map(|object| format!(" {object}")).unwrap_or_default();
                format!(
                    "If it is meant, write above the statement: -- freehold: allow {}{object} because …",
                    what.word
                )
            }
            Problem::Allow { error } => error.help().to_owned(),
            Problem::Unreadable { .. } => "Mend the script; `freehold check` shows more.".to_owned(),
            Problem::NotRehearsed { .. } => {
                "Run `freehold check` and commit the record that it leaves beside the migrations.".to_owned()
            }
        };
        let guess = " If this is no production, name its environment with --env, or say --i-know.";
        Some(if guessed { format!("{help}{guess}") } else { help })
    }
}

impl Problem {
    /// The rule that it is against, as one word for programs.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Backwards { .. } | Self::Rewrites { .. } => "forward-only",
            Self::NoTicket | Self::OddTicket => "ticket",
            Self::Destructive { .. } | Self::Allow { .. } | Self::Unreadable { .. } => "destructive",
            Self::NotRehearsed { .. } => "rehearsal",
        }
    }

    /// The lines of a file that it is about.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Destructive { what, .. } => Some(&what.place),
            Self::Allow { error } => Some(error.place()),
            Self::Unreadable { place, .. } => Some(place),
            _ => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentences: Vec<String> = self.problems.iter().map(|problem| self.sentence(problem)).collect();
        f.write_str(&sentences.join("; "))
    }
}

impl std::error::Error for Refused {}
