//! `freehold roles`

mod apply;
mod audit;
mod plan;

use clap::{Args, Subcommand};
use freehold_app::roles::Hierarchy;

use super::Context;
use crate::{exit::Exit, failure::Failure};

/// Plan, apply and audit the roles of an application
///
/// Three groups (readers, writers, administrators) that own nothing, and a role apart that owns everything and runs
/// migrations.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 clean or done, 1 findings or a rule refused, 2 could not run, \
                        3 something asked for could not be verified")]
pub(crate) struct RolesArgs {
    #[command(subcommand)]
    command: RolesCommand,
}

/// The commands of `freehold roles`.
#[derive(Debug, Subcommand)]
enum RolesCommand {
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    Audit(audit::AuditArgs),
}

impl RolesArgs {
    /// Carries out the command.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        match self.command {
            RolesCommand::Plan(args) => args.run(context),
            RolesCommand::Apply(args) => args.run(context),
            RolesCommand::Audit(args) => args.run(context),
        }
    }
}

/// The names of the hierarchy.
#[derive(Debug, Args)]
#[command(next_help_heading = "Roles")]
struct HierarchyArgs {
    /// The group that reads
    #[arg(long, value_name = "ROLE", default_value = "app_reader")]
    reader: String,
    /// The group that writes rows
    #[arg(long, value_name = "ROLE", default_value = "app_writer")]
    writer: String,
    /// The group that gives the other two to others
    #[arg(long, value_name = "ROLE", default_value = "app_admin")]
    admin: String,
    /// The role that owns everything and runs migrations
    #[arg(long, value_name = "ROLE", default_value = "app_migrator")]
    migrator: String,
    /// A schema with the application's objects; may be given several times
    #[arg(long = "schema", value_name = "SCHEMA", default_value = "public", value_delimiter = ',')]
    schemas: Vec<String>,
    /// A role that the application logs in as: it becomes a writer; may be given several times
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    application: Vec<String>,
}

impl HierarchyArgs {
    fn hierarchy(self, keep_owners: bool) -> Result<Hierarchy, Failure> {
        let hierarchy = Hierarchy {
            reader: self.reader,
            writer: self.writer,
            admin: self.admin,
            migrator: self.migrator,
            schemas: self.schemas,
            application: self.application,
            keep_owners,
        };
        hierarchy.judged().map_err(|error| Failure::from_error(&error))
    }
}
