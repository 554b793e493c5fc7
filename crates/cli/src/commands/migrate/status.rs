//! `freehold migrate status`

use clap::Args;
use freehold_app::migrate::status::status;

use super::common::{FolderArgs, Form, TargetArgs, runtime};
use crate::{commands::Context, exit::Exit, failure::Failure};

/// Tell what is applied and what is pending
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// How it is written: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
}

impl StatusArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let project = self.folder.project(context)?;
        let (_, targets) = self.target.targets(context, &project.settings)?;
        let found = runtime()?
            .block_on(status(&targets, &project.prepared))
            .map_err(|error| Failure::explained(&error))?;
        match self.format {
            Form::Json => {
                let text =
                    serde_json::to_string_pretty(&found).map_err(|error| Failure::from_error(&error))?;
                context.printer.out(&format!("{text}\n"));
            }
            Form::Human => {
                for target in &found.targets {
                    for migration in &target.migrations {
                        let when = migration.applied_at.as_deref().unwrap_or("");
                        let line = format!(
                            "{:<13} {} {} {when}",
                            migration.standing, migration.version, migration.name
                        );
                        context.printer.out(&format!("{}\n", freehold_app::render::visible(line.trim_end())));
                    }
                }
            }
        }
        Ok(Exit::CLEAN)
    }
}
