//! The commands, one file each.

mod check;
mod completions;
mod doctor;
mod explain_rule;
mod init;
mod isolation;
mod lint;
mod lsp;
mod man;
mod migrate;
mod reports;
mod roles;
mod rules;
mod seed;
mod snapshot;

use std::path::PathBuf;

use clap::Subcommand;
use freehold_app::{rules::ALL, settings::Settings};

use crate::{
    args::{Cli, Global},
    environment::Environment,
    exit::Exit,
    failure::{Failure, nowhere},
    printer::Printer,
};

/// What to do; the help of each is the doc of its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Commands {
    Check(check::CheckArgs),
    Isolation(isolation::IsolationArgs),
    Lint(lint::LintArgs),
    Lsp(lsp::LspArgs),
    Snapshot(snapshot::SnapshotArgs),
    Migrate(migrate::MigrateArgs),
    Seed(seed::SeedArgs),
    Roles(roles::RolesArgs),
    Init(init::InitArgs),
    Doctor(doctor::DoctorArgs),
    Rules(rules::RulesArgs),
    ExplainRule(explain_rule::ExplainRuleArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    /// Print the version and the PostgreSQL versions served
    Version,
}

/// What a command is given besides its own arguments.
pub(crate) struct Context<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) printer: &'a Printer,
    /// The folder that the command is run in, absolute.
    pub(crate) here: PathBuf,
}

impl Context<'_> {
    /// The settings around a folder, with what the environment puts above them.
    pub(crate) fn settings(&self, project_dir: &std::path::Path) -> Result<Settings, Failure> {
        let mut settings = Settings::load(project_dir, &ALL).map_err(|error| Failure::explained(&error))?;
        if let Some(url) = &self.environment.database_url {
            settings.database.url = Some(url.clone());
        }
        Ok(settings)
    }
}

/// Carries out the command.
pub(crate) fn run(cli: Cli, environment: &Environment, printer: &Printer) -> Result<Exit, Failure> {
    let here = here(&cli.global, environment)?;
    let context = Context { environment, printer, here };
    match cli.command {
        Commands::Check(args) => args.run(&context),
        Commands::Isolation(args) => args.run(&context),
        Commands::Lint(args) => args.run(&context),
        Commands::Lsp(args) => args.run(),
        Commands::Snapshot(args) => args.run(&context),
        Commands::Migrate(args) => args.run(&context),
        Commands::Seed(args) => args.run(&context),
        Commands::Roles(args) => args.run(&context),
        Commands::Init(args) => args.run(&context),
        Commands::Doctor(args) => args.run(&context),
        Commands::Rules(args) => Ok(args.run(printer)),
        Commands::ExplainRule(args) => args.run(printer),
        Commands::Completions(args) => Ok(args.run(printer)),
        Commands::Man(args) => args.run(printer),
        Commands::Version => {
            printer.out(&version());
            Ok(Exit::CLEAN)
        }
    }
}

fn here(global: &Global, environment: &Environment) -> Result<PathBuf, Failure> {
    let here = environment.here().map_err(nowhere)?;
    let Some(directory) = &global.directory else { return Ok(here.to_owned()) };
    let here = here.join(directory);
    if here.is_dir() {
        Ok(here)
    } else {
        Err(Failure::new(format!("there is no folder {}", here.display()), None))
    }
}

fn version() -> String {
    use freehold_model::version::{NEWEST_MAJOR, OLDEST_MAJOR};
    let version = env!("CARGO_PKG_VERSION");
    format!("freehold {version}\nserves PostgreSQL {OLDEST_MAJOR} to {NEWEST_MAJOR}\n")
}
