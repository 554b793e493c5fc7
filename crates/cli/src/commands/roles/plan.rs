//! `freehold roles plan`

use clap::{Args, ValueEnum};
use freehold_app::roles::{plan, script};

use super::HierarchyArgs;
use crate::{commands::Context, exit::Exit, failure::Failure};

/// Print the SQL that makes the hierarchy; nothing is connected to
///
/// The script can be run again, and then changes nothing.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    hierarchy: HierarchyArgs,
    /// Leave every object with the owner that it has
    #[arg(long)]
    keep_owners: bool,
    /// Print the SQL that takes the hierarchy away
    #[arg(long)]
    down: bool,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "sql")]
    format: SqlOrJson,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SqlOrJson {
    /// As a script
    Sql,
    /// Both directions, for programs
    Json,
}

impl PlanArgs {
    /// Prints it.
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let hierarchy = self.hierarchy.hierarchy(self.keep_owners)?;
        match self.format {
            SqlOrJson::Sql => context.printer.out(&script(&hierarchy, self.down)),
            SqlOrJson::Json => {
                let text = serde_json::to_string_pretty(&plan(&hierarchy))
                    .map_err(|error| Failure::from_error(&error))?;
                context.printer.out(&format!("{text}\n"));
            }
        }
        Ok(Exit::CLEAN)
    }
}
