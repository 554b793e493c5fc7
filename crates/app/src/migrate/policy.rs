//! What an environment allows: the rules that stand between a command and a database that matters.
//!
//! The runner knows none of them. They are judged over what is pending, before anything is done on any target; a
//! refusal means that nothing was run.

mod address;
mod destructive;
mod refused;

use std::{collections::BTreeSet, fmt};

use freehold_db::ConnectTo;
use freehold_migrate::{Command, Plan, Prepared, history::Direction};

pub(super) use address::of as address_of;
pub use refused::{Problem, Refused};

use super::{destination::Destination, rehearsal::Rehearsal};
use crate::settings::EnvironmentSettings;

/// The longest ticket, in characters.
const LONGEST_TICKET: usize = 200;

/// What an environment allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whose rules these are.
    pub ground: Ground,
    /// Nothing is taken back there, and the history is not corrected by hand, unless one says that one knows.
    pub forward_only: bool,
    /// Statements that lose data or cut off running code need their author's word in the script.
    pub refuse_destructive: bool,
    /// Every change names a ticket.
    pub require_ticket: bool,
    /// Only what was rehearsed in this exact form is applied.
    pub require_rehearsal: bool,
}

/// Whose rules they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// There are none.
    Nothing,
    /// An environment of `freehold.toml`.
    Environment(String),
    /// The address says production, and no environment was named.
    Address {
        /// The word in it.
        word: String,
    },
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("this database"),
            Self::Environment(name) => write!(f, "the environment `{name}`"),
            Self::Address { word } => {
                write!(f, "a database that looks like production (its address says `{word}`)")
            }
        }
    }
}

/// What is to be judged beside the plans.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The command.
    pub command: &'a Command,
    /// The ticket that was named.
    pub ticket: Option<&'a str>,
    /// True when the person said that they know what they do.
    pub i_know: bool,
}

impl Policy {
    /// The rules of a destination: those of its environment; where none was named or found, those of production without
    /// the ticket if the address says production; else none.
    pub fn of(destination: &Destination) -> Self {
        match &destination.environment {
            Some(name) => Self::of_environment(name, &destination.settings),
            None => Self::of_address(&destination.to),
        }
    }

    /// How many of the rules hold.
    pub(super) fn strictness(&self) -> usize {
        let rules = [self.forward_only, self.refuse_destructive, self.require_ticket, self.require_rehearsal];
        rules.into_iter().filter(|holds| *holds).count()
    }

    /// The rules of an environment.
    pub fn of_environment(name: &str, settings: &EnvironmentSettings) -> Self {
        Self {
            ground: Ground::Environment(name.to_owned()),
            forward_only: settings.forward_only,
            refuse_destructive: settings.refuse_destructive,
            require_ticket: settings.require_ticket,
            require_rehearsal: settings.require_rehearsal,
        }
    }

    fn of_address(to: &ConnectTo) -> Self {
        let word = address::production_word(&address::of(to));
        let production = word.is_some();
        Self {
            ground: word.map_or(Ground::Nothing, |word| Ground::Address { word }),
            forward_only: production,
            refuse_destructive: production,
            require_ticket: false,
            require_rehearsal: false,
        }
    }

    /// True when something of it depends on what is pending.
    pub fn judges(&self) -> bool {
        self.forward_only || self.refuse_destructive || self.require_ticket || self.require_rehearsal
    }

    /// Judges what is about to be done, given what it comes to on each target.
    ///
    /// # Errors
    /// Every reason against it at once.
    pub fn judge(
        &self,
        asked: Asked<'_>,
        prepared: &Prepared,
        rehearsal: &Rehearsal,
        plans: &[Plan],
    ) -> Result<(), Refused> {
        let waived = asked.i_know && matches!(self.ground, Ground::Address { .. });
        let something = plans.iter().any(|plan| !plan.steps.is_empty() || !plan.marks.is_empty());
        if !something || waived {
            return Ok(());
        }
        let mut problems = Vec::new();
        if self.forward_only && !asked.i_know {
            problems.extend(backwards(asked.command, plans));
        }
        if self.require_ticket {
            problems.extend(ticket(asked.ticket));
        }
        if self.refuse_destructive {
            problems.extend(destructive::problems(prepared, plans));
        }
        if self.require_rehearsal {
            problems.extend(not_rehearsed(prepared, rehearsal, plans));
        }
        if problems.is_empty() { Ok(()) } else { Err(Refused { ground: self.ground.clone(), problems }) }
    }
}

/// What leads back, or rewrites what the history says.
fn backwards(command: &Command, plans: &[Plan]) -> Option<Problem> {
    if matches!(command, Command::Force { .. }) {
        return Some(Problem::Rewrites { command: "force" });
    }
    let down = plans.iter().flat_map(|plan| &plan.steps).any(|step| step.direction == Direction::Down);
    let command = match command {
        Command::Redo => "redo",
        Command::Goto { .. } => "goto",
        _ => "down",
    };
    down.then_some(Problem::Backwards { command })
}

/// Every script that would be run and was not rehearsed in this exact form.
fn not_rehearsed(prepared: &Prepared, rehearsal: &Rehearsal, plans: &[Plan]) -> Vec<Problem> {
    let scripts: BTreeSet<(usize, bool)> = plans
        .iter()
        .flat_map(|plan| &plan.steps)
        .map(|step| (step.migration, step.direction == Direction::Down))
        .collect();
    let problem = |(index, down): (usize, bool)| {
        let why = rehearsal.lacking(prepared.migrations(), index, down)?;
        let label = prepared.migrations().get(index)?.label();
        Some(Problem::NotRehearsed { label, why })
    };
    scripts.into_iter().filter_map(problem).collect()
}

fn ticket(ticket: Option<&str>) -> Option<Problem> {
    match ticket.map(str::trim) {
        None | Some("") => Some(Problem::NoTicket),
        Some(text) if text.chars().count() > LONGEST_TICKET || text.chars().any(char::is_control) => {
            Some(Problem::OddTicket)
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(url: &str, environment: Option<&str>) -> Destination {
        Destination {
            to: ConnectTo::from_url(url).unwrap(),
            environment: environment.map(str::to_owned),
            settings: environment.map(EnvironmentSettings::named).unwrap_or_default(),
        }
    }

    #[test]
    fn production_has_its_rules_by_name_and_another_environment_has_none() {
        let production = Policy::of(&destination("postgres://app@db/shop", Some("production")));
        assert!(production.forward_only && production.refuse_destructive && production.require_ticket);
        assert!(!production.require_rehearsal, "that is asked for, never assumed");
        let staging = Policy::of(&destination("postgres://app@db/shop", Some("staging")));
        assert!(!staging.judges());
        assert!(!Policy::of(&destination("postgres://app@db/shop", None)).judges());
    }

    #[test]
    fn an_address_that_says_production_has_the_rules_that_protect_but_asks_for_no_ticket() {
        let guessed = Policy::of(&destination("postgres://app@db.prod.example.org/shop", None));
        assert!(guessed.forward_only && guessed.refuse_destructive && !guessed.require_ticket);
        assert_eq!(guessed.ground, Ground::Address { word: "prod".to_owned() });
        let named = Policy::of(&destination("postgres://app@db.prod.example.org/shop", Some("staging")));
        assert!(!named.judges(), "who names an environment has said what it is");
    }

    #[test]
    fn a_ticket_is_one_short_line() {
        for good in ["OPS-1", "https://tickets.example.org/browse/OPS-1?x=y", "Änderung 7"] {
            assert_eq!(ticket(Some(good)), None, "{good}");
        }
        for bad in [None, Some(""), Some("  ")] {
            assert_eq!(ticket(bad), Some(Problem::NoTicket));
        }
        let long = "x".repeat(LONGEST_TICKET + 1);
        for odd in ["two\nlines", long.as_str()] {
            assert_eq!(ticket(Some(odd)), Some(Problem::OddTicket));
        }
    }
}
