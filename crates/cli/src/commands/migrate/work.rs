//! `freehold migrate up` and the other commands that change targets.

use std::{sync::Arc, time::Duration};

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use freehold_app::{
    migrate::{
        Allow, Command, FleetOptions, RunOptions, Target, Uncertain,
        dry_run::{self, dry_run},
        run::{Request, run},
    },
    render::json_text,
};

use super::{
    arguments::{FolderArgs, Form, TargetArgs, runtime, time, time_or_zero},
    show::{self, Audience},
};
use crate::{commands::Context, exit::Exit, failure::Failure, signals};

/// Apply what is pending, or the next N
#[derive(Debug, Args)]
pub(super) struct UpArgs {
    /// Apply at most so many
    #[arg(value_name = "N")]
    count: Option<usize>,
    #[command(flatten)]
    work: WorkArgs,
}

/// Take back the last N migrations
#[derive(Debug, Args)]
pub(super) struct DownArgs {
    /// Take back so many
    #[arg(value_name = "N", default_value = "1")]
    count: usize,
    #[command(flatten)]
    work: WorkArgs,
}

/// Apply or take back until a version is the last one applied
#[derive(Debug, Args)]
pub(super) struct GotoArgs {
    /// The version, or the name of its migration
    #[arg(value_name = "VERSION")]
    version: String,
    #[command(flatten)]
    work: WorkArgs,
}

/// Take back the last migration and apply it again
#[derive(Debug, Args)]
pub(super) struct RedoArgs {
    #[command(flatten)]
    work: WorkArgs,
}

/// Declare, without running anything, that a version is the last one applied
///
/// For a history that is wrong: everything up to the version is recorded as applied, everything after it as not.
#[derive(Debug, Args)]
pub(super) struct ForceArgs {
    /// The version, or the name of its migration
    #[arg(value_name = "VERSION")]
    version: String,
    #[command(flatten)]
    work: WorkArgs,
}

/// Declare on a database without history that everything up to a version is there
#[derive(Debug, Args)]
pub(super) struct BaselineArgs {
    /// The version, or the name of its migration
    #[arg(value_name = "VERSION")]
    version: String,
    #[command(flatten)]
    work: WorkArgs,
}

/// What every command that changes targets is given.
#[derive(Debug, Args)]
pub(super) struct WorkArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// Begin no further target after the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Tell what would be done, and how, without doing it
    #[arg(long)]
    dry_run: bool,
    /// How it is written: human, or json (one event a line; one document with --dry-run)
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    allow: AllowArgs,
}

/// How it is carried out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Running")]
pub(super) struct RunArgs {
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
    #[arg(long, value_name = "TIME", value_parser = time_or_zero)]
    wait: Option<Duration>,
    /// The ticket that asks for the change; the history records it
    #[arg(long, value_name = "TICKET", value_parser = NonEmptyStringValueParser::new())]
    ticket: Option<String>,
}

/// What is let pass.
#[derive(Debug, Args)]
#[command(next_help_heading = "Letting pass")]
struct AllowArgs {
    /// Apply a migration although a later one is applied; the history says so
    #[arg(long)]
    allow_out_of_order: bool,
    /// Let pass that applied migrations have no file
    #[arg(long)]
    allow_missing: bool,
    /// Go on past migrations that are no SQL and that somebody else applies
    #[arg(long)]
    allow_code: bool,
    /// What a person found out about a statement that was in flight when a run died
    #[arg(long, value_name = "took-effect|did-not", hide_possible_values = true)]
    in_flight: Option<InFlight>,
    /// Do it although the environment is forward-only
    #[arg(long)]
    i_know: bool,
}

/// What became of a statement that was in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InFlight {
    TookEffect,
    DidNot,
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

impl GotoArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.work.run(context, Command::Goto { version: self.version })
    }
}

impl RedoArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.work.run(context, Command::Redo)
    }
}

impl ForceArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.work.run(context, Command::Force { version: self.version })
    }
}

impl BaselineArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        self.work.run(context, Command::Baseline { version: self.version })
    }
}

impl RunArgs {
    /// How it is carried out: a flag, else the settings.
    pub(super) fn options(&self, context: &Context<'_>, settings: RunOptions) -> RunOptions {
        RunOptions {
            lock_timeout: self.lock_timeout.unwrap_or(settings.lock_timeout),
            statement_timeout: self.statement_timeout.or(settings.statement_timeout),
            attempts: self.attempts.unwrap_or(settings.attempts),
            wait: self.wait.unwrap_or(settings.wait),
            ticket: self.ticket.clone(),
            asked_by: context.environment.asked_by.clone(),
            ..settings
        }
    }
}

impl WorkArgs {
    fn options(&self, context: &Context<'_>, settings: RunOptions) -> RunOptions {
        let mut options = self.run.options(context, settings);
        let allowed = options.allow;
        options.allow = Allow {
            out_of_order: self.allow.allow_out_of_order || allowed.out_of_order,
            missing: self.allow.allow_missing || allowed.missing,
            code: self.allow.allow_code || allowed.code,
        };
        options.uncertain = self.allow.in_flight.map(|known| match known {
            InFlight::TookEffect => Uncertain::TookEffect,
            InFlight::DidNot => Uncertain::DidNot,
        });
        options
    }

    fn run(&self, context: &Context<'_>, command: Command) -> Result<Exit, Failure> {
        let outcome = self.carry_out(context, command);
        if let (Err(failure), Form::Json, false) = (&outcome, self.format, self.dry_run) {
            show::not_begun(context.printer, failure);
        }
        outcome
    }

    fn carry_out(&self, context: &Context<'_>, command: Command) -> Result<Exit, Failure> {
        let project = self.folder.project(context)?;
        let runtime = runtime()?;
        let chosen = self.target.chosen(context, &project.settings, &runtime)?;
        let options = self.options(context, chosen.options);
        let command = Arc::new(command);
        let work: Vec<(Target, Arc<Command>)> =
            chosen.targets.into_iter().map(|target| (target, Arc::clone(&command))).collect();
        if self.dry_run {
            let told = runtime.block_on(dry_run(&dry_run::Request {
                work: &work,
                prepared: &project.prepared,
                allow: options.allow,
                look: chosen.look,
                policy: &chosen.policy,
                ticket: options.ticket.as_deref(),
                i_know: self.allow.i_know,
            }));
            match self.format {
                Form::Json => context.printer.out(&json_text(&told)),
                Form::Human => super::dry_run::show(context.printer, &told),
            }
            return Ok(Exit::from(told.outcome()));
        }
        let halt = options.halt.clone();
        signals::end_orderly(move || halt.now());
        let audience = Audience::new(context.printer, self.format, work.len());
        let request = Request {
            work,
            prepared: Arc::clone(&project.prepared),
            options,
            fleet: FleetOptions {
                stop_after: if self.fail_fast { Some(1) } else { chosen.fleet.stop_after },
                ..chosen.fleet
            },
            policy: chosen.policy,
            i_know: self.allow.i_know,
            tell: audience.teller(),
        };
        let ran = runtime.block_on(run(request));
        audience.done();
        show::ended(context.printer, self.format, &ran, &project.prepared);
        Ok(Exit::from(ran.outcome()))
    }
}
