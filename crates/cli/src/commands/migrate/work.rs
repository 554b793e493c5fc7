//! `freehold migrate up` and the other commands that change targets.

use std::{sync::Arc, time::Duration};

use clap::Args;
use freehold_app::{
    migrate::{
        Command, RunOptions,
        run::{Request, TargetOutcome, run},
    },
    settings::duration,
};

use super::{
    common::{FolderArgs, Form, Project, TargetArgs, runtime},
    show,
};
use crate::{commands::Context, exit::Exit, failure::Failure};

/// Apply what is pending, or the next N
#[derive(Debug, Args)]
pub(super) struct UpArgs {
    /// Apply at most so many
    #[arg(value_name = "N")]
    count: Option<usize>,
    #[command(flatten)]
    work: WorkArgs,
}

/// Take back the last N migrations [default: 1]
#[derive(Debug, Args)]
pub(super) struct DownArgs {
    /// Take back so many
    #[arg(value_name = "N", default_value = "1")]
    count: usize,
    #[command(flatten)]
    work: WorkArgs,
}

/// What every command that changes targets is given.
#[derive(Debug, Args)]
struct WorkArgs {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// How long a statement waits for a lock before it is rolled back and tried again [default: 3s]
    #[arg(long, value_name = "TIME", value_parser = time)]
    lock_timeout: Option<Duration>,
    /// The longest time for one statement in a transaction [default: none]
    #[arg(long, value_name = "TIME", value_parser = time)]
    statement_timeout: Option<Duration>,
    /// How often a migration is tried that does not get its locks [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    attempts: Option<u32>,
    /// How long to wait for another migrator of the same target; 0 does not wait [default: 5m]
    #[arg(long, value_name = "TIME", value_parser = wait)]
    wait: Option<Duration>,
    /// How it is written: human, or json (one event a line)
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
}

fn time(text: &str) -> Result<Duration, String> {
    duration(text)
        .ok_or_else(|| "expected a time above zero, such as 90s, 5m or a number of seconds".to_owned())
}

fn wait(text: &str) -> Result<Duration, String> {
    if text.trim() == "0" { Ok(Duration::ZERO) } else { time(text) }
}

impl UpArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.work.run(context, Command::Up { count: self.count })
    }
}

impl DownArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.work.run(context, Command::Down { count: Some(self.count) })
    }
}

impl WorkArgs {
    fn options(&self) -> RunOptions {
        let mut options = RunOptions::default();
        options.lock_timeout = self.lock_timeout.unwrap_or(options.lock_timeout);
        options.statement_timeout = self.statement_timeout.or(options.statement_timeout);
        options.attempts = self.attempts.unwrap_or(options.attempts);
        options.wait = self.wait.unwrap_or(options.wait);
        options
    }

    fn run(&self, context: &Context<'_>, command: Command) -> Result<Exit, Failure> {
        let project = self.folder.project(context)?;
        let targets = self.target.targets(context, &project.settings)?;
        let request = Request {
            targets,
            prepared: Arc::clone(&project.prepared),
            command,
            options: self.options(),
            tell: show::teller(context.printer, self.format),
        };
        let outcomes = runtime()?.block_on(run(request));
        tell_failures(context, &project, &outcomes)
    }
}

fn tell_failures(
    context: &Context<'_>,
    project: &Project,
    outcomes: &[TargetOutcome],
) -> Result<Exit, Failure> {
    let mut exit = Exit::CLEAN;
    for outcome in outcomes {
        if let Err(error) = &outcome.result {
            context.printer.failure(&show::failure(error, &project.prepared));
            exit = Exit::COULD_NOT_RUN;
        }
    }
    Ok(exit)
}
