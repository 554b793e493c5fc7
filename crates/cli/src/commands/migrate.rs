//! `freehold migrate`

mod common;
mod show;
mod status;
mod work;

use clap::{Args, Subcommand};

use super::Context;
use crate::{exit::Exit, failure::Failure};

/// Apply migrations to real databases, and tell where they stand
///
/// One migrator works on a target at a time; a migration and its row in the history are committed together. What a
/// killed or failed run has left is found out and gone on with by the next `up`.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    command: MigrateCommand,
}

/// The commands of `freehold migrate`.
#[derive(Debug, Subcommand)]
enum MigrateCommand {
    Up(work::UpArgs),
    Down(work::DownArgs),
    Status(status::StatusArgs),
}

impl MigrateArgs {
    /// Carries out the command.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        match self.command {
            MigrateCommand::Up(args) => args.run(context),
            MigrateCommand::Down(args) => args.run(context),
            MigrateCommand::Status(args) => args.run(context),
        }
    }
}
