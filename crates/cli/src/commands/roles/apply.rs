//! `freehold roles apply`

use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use freehold_app::{
    Secret,
    locate::locate,
    migrate::{
        MigrateError,
        destination::{Wanted, destination},
    },
    roles::{RolesError, apply},
};

use super::HierarchyArgs;
use crate::{commands::Context, exit::Exit, failure::Failure};

/// Make the hierarchy on a database, in one transaction
///
/// Everything is done or nothing. The database has to be named in this command.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    hierarchy: HierarchyArgs,
    /// The database
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new(), required_unless_present = "environment")]
    url: Option<String>,
    /// An environment of freehold.toml
    #[arg(long = "env", value_name = "NAME", id = "environment", value_parser = NonEmptyStringValueParser::new())]
    environment: Option<String>,
    /// Leave every object with the owner that it has
    #[arg(long)]
    keep_owners: bool,
    /// Take the hierarchy away
    #[arg(long)]
    down: bool,
    /// Do it although it is production
    #[arg(long)]
    i_know: bool,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: HumanOrJson,
}

/// How the outcome is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HumanOrJson {
    /// For people
    Human,
    /// For programs
    Json,
}

impl ApplyArgs {
    /// Carries it out.
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let hierarchy = self.hierarchy.hierarchy(self.keep_owners)?;
        let settings = context.settings(&locate(&context.here, None).project_dir)?;
        let wanted = Wanted { url: self.url.map(Secret::new), environment: self.environment };
        let variable = |name: &str| context.environment.secret(name);
        let destination = destination(&settings, &wanted, &variable)
            .map_err(|error| Failure::explained(&MigrateError::Destination(error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        let applied = match runtime.block_on(apply(&destination, &hierarchy, self.down, self.i_know)) {
            Ok(applied) => applied,
            Err(error @ RolesError::Production { .. }) => {
                context.printer.remark(&Failure::explained(&error).lines().join("\n"));
                if let Some(next) = Failure::explained(&error).next() {
                    context.printer.remark(&format!("help: {next}"));
                }
                return Ok(Exit::FINDINGS);
            }
            Err(error) => return Err(Failure::explained(&error)),
        };
        match self.format {
            HumanOrJson::Json => {
                let text =
                    serde_json::to_string_pretty(&applied).map_err(|error| Failure::from_error(&error))?;
                context.printer.out(&format!("{text}\n"));
            }
            HumanOrJson::Human => {
                let what = if applied.changed { "done" } else { "nothing was different" };
                context
                    .printer
                    .out(&format!("{}: {what} ({} statements)\n", applied.database, applied.statements));
            }
        }
        Ok(Exit::CLEAN)
    }
}
