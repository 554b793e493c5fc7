//! `freehold migrate`

mod adopt;
mod arguments;
mod diff;
mod dry_run;
mod fleet;
mod human;
mod new;
mod show;
mod squash;
mod status;
mod verify;
mod work;

use clap::{Args, Subcommand};

use super::Context;
use crate::{exit::Exit, failure::Failure};

/// Apply migrations to real databases, and tell where they stand
///
/// One migrator works on a target at a time; a migration and its row in the history are committed together. What a
/// killed or failed run has left is found out, and the next `up` goes on with it.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 done, 1 something was found or a rule refused, 2 failed or could not run, \
                        3 could not be verified, or the outcome is not known"
)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    command: MigrateCommand,
}

/// The commands of `freehold migrate`.
#[derive(Debug, Subcommand)]
enum MigrateCommand {
    New(new::NewArgs),
    Up(work::UpArgs),
    Down(work::DownArgs),
    Goto(work::GotoArgs),
    Redo(work::RedoArgs),
    Status(status::StatusArgs),
    Version(status::VersionArgs),
    Verify(verify::VerifyArgs),
    Diff(diff::DiffArgs),
    Baseline(work::BaselineArgs),
    Adopt(adopt::AdoptArgs),
    Force(work::ForceArgs),
    Squash(squash::SquashArgs),
}

impl MigrateArgs {
    /// Carries out the command.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        match self.command {
            MigrateCommand::New(args) => args.run(context),
            MigrateCommand::Up(args) => args.run(context),
            MigrateCommand::Down(args) => args.run(context),
            MigrateCommand::Goto(args) => args.run(context),
            MigrateCommand::Redo(args) => args.run(context),
            MigrateCommand::Status(args) => args.run(context),
            MigrateCommand::Version(args) => args.run(context),
            MigrateCommand::Verify(args) => args.run(context),
            MigrateCommand::Diff(args) => args.run(context),
            MigrateCommand::Baseline(args) => args.run(context),
            MigrateCommand::Adopt(args) => args.run(context),
            MigrateCommand::Force(args) => args.run(context),
            MigrateCommand::Squash(args) => args.run(context),
        }
    }
}
