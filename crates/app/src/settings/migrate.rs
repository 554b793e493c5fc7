//! `[migrate]`: how migrations are applied.

use std::time::Duration;

use super::{
    error::Problem,
    sections::{duration, time},
    table::Section,
};

/// The longest name that PostgreSQL keeps, in bytes (`NAMEDATALEN` - 1); a longer one would be cut off.
pub(super) const LONGEST_NAME: usize = 63;

/// `[migrate]`: how migrations are applied. What is absent is as the runner has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrateSettings {
    /// The table that holds the history.
    pub history: Option<HistoryName>,
    /// How long a statement waits for a lock before it gives up its place in the queue.
    pub lock_timeout: Option<Duration>,
    /// How long a statement in a transaction may take.
    pub statement_timeout: Option<Duration>,
    /// How often a migration is tried when it does not get a lock.
    pub attempts: Option<u32>,
    /// How long to wait for another migrator of the same target.
    pub wait: Option<Duration>,
    /// How many targets are worked on at once.
    pub parallel: Option<usize>,
    /// Whether no further target is begun after the first failure.
    pub fail_fast: Option<bool>,
    /// Whether a migration may be applied although a later one is.
    pub allow_out_of_order: Option<bool>,
    /// Whether files of applied migrations may be missing.
    pub allow_missing: Option<bool>,
    /// Whether migrations that are no SQL, and that somebody else applies, are passed over.
    pub allow_code: Option<bool>,
}

/// The table of a history as it is written in the settings: `schema.table`, or `table`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryName {
    /// The schema, if one is named.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
}

impl MigrateSettings {
    /// These, and where they are silent, those.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        Self {
            history: self.history.clone().or_else(|| base.history.clone()),
            lock_timeout: self.lock_timeout.or(base.lock_timeout),
            statement_timeout: self.statement_timeout.or(base.statement_timeout),
            attempts: self.attempts.or(base.attempts),
            wait: self.wait.or(base.wait),
            parallel: self.parallel.or(base.parallel),
            fail_fast: self.fail_fast.or(base.fail_fast),
            allow_out_of_order: self.allow_out_of_order.or(base.allow_out_of_order),
            allow_missing: self.allow_missing.or(base.allow_missing),
            allow_code: self.allow_code.or(base.allow_code),
        }
    }

    /// What they come to for the runner.
    pub fn run_options(&self) -> freehold_migrate::RunOptions {
        let default = freehold_migrate::RunOptions::default();
        freehold_migrate::RunOptions {
            lock_timeout: self.lock_timeout.unwrap_or(default.lock_timeout),
            statement_timeout: self.statement_timeout.or(default.statement_timeout),
            attempts: self.attempts.unwrap_or(default.attempts),
            wait: self.wait.unwrap_or(default.wait),
            allow: freehold_migrate::Allow {
                out_of_order: self.allow_out_of_order.unwrap_or(default.allow.out_of_order),
                missing: self.allow_missing.unwrap_or(default.allow.missing),
                code: self.allow_code.unwrap_or(default.allow.code),
            },
            ..default
        }
    }

    /// What they come to for many targets.
    pub fn fleet_options(&self) -> freehold_migrate::FleetOptions {
        let default = freehold_migrate::FleetOptions::default();
        freehold_migrate::FleetOptions {
            parallel: self.parallel.unwrap_or(default.parallel),
            stop_after: if self.fail_fast.unwrap_or(false) { Some(1) } else { default.stop_after },
            ..default
        }
    }
}

pub(super) fn migrate(section: &Section<'_>, problems: &mut Vec<Problem>) -> MigrateSettings {
    MigrateSettings {
        history: history(section, problems),
        lock_timeout: time(section, "lock_timeout", duration, problems),
        statement_timeout: time(section, "statement_timeout", duration, problems),
        attempts: count(section, "attempts", problems).and_then(|count| u32::try_from(count).ok()),
        wait: time(section, "wait", duration_or_zero, problems),
        parallel: count(section, "parallel", problems).and_then(|count| usize::try_from(count).ok()),
        fail_fast: section.choice("fail_fast", problems),
        allow_out_of_order: section.choice("allow_out_of_order", problems),
        allow_missing: section.choice("allow_missing", problems),
        allow_code: section.choice("allow_code", problems),
    }
}

fn history(section: &Section<'_>, problems: &mut Vec<Problem>) -> Option<HistoryName> {
    let (text, span) = section.string("history", problems)?;
    let (schema, table) = match text.split_once('.') {
        Some((schema, table)) => (Some(schema), table),
        None => (None, text.as_str()),
    };
    let good = |part: &str| {
        !part.trim().is_empty() && part.len() <= LONGEST_NAME && !part.contains(['.', '"', '\0'])
    };
    if schema.is_none_or(good) && good(table) {
        return Some(HistoryName { schema: schema.map(str::to_owned), table: table.to_owned() });
    }
    problems.push(Problem {
        span,
        message: format!("{} is no name of a table", section.full_name("history")),
        help: Some(
            "write \"schema.table\", without quotes of SQL, as the names are in the database".to_owned(),
        ),
    });
    None
}

/// A whole number from 1 to 1000.
fn count(section: &Section<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<u64> {
    let (number, span) = section.number(key, problems)?;
    if (1..=1000).contains(&number) {
        return Some(number);
    }
    let message = format!("{} must be from 1 to 1000, not {number}", section.full_name(key));
    problems.push(Problem { span, message, help: None });
    None
}

/// As [`duration`], or no time at all.
fn duration_or_zero(text: &str) -> Option<Duration> {
    match text.trim() {
        "0" | "0s" => Some(Duration::ZERO),
        text => duration(text),
    }
}
