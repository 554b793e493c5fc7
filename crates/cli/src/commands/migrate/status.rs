//! `freehold migrate status` and `version`

mod many;
mod one;

use clap::Args;
use freehold_app::{
    migrate::{
        next_step,
        status::{Status, status, version},
    },
    render::json_text,
};

use super::{
    arguments::{FolderArgs, Form, TargetArgs, runtime},
    show,
};
use crate::{commands::Context, exit::Exit, failure::Failure};

/// Tell what is applied and what is pending
///
/// Nothing is written and no lock is taken. Of a long history the newest are listed, -v lists all; of many targets those
/// that stand alike are told together.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// End with 1 when something is pending, or does not fit the folder
    #[arg(long)]
    check: bool,
    /// How it is written: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
    #[command(flatten)]
    target: TargetArgs,
}

/// Print the version that is the last one applied
///
/// Prints `none` where nothing is applied. Of several targets, a line for each.
#[derive(Debug, Args)]
pub(super) struct VersionArgs {
    #[command(flatten)]
    target: TargetArgs,
}

impl StatusArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let project = self.folder.project(context)?;
        let runtime = runtime()?;
        let chosen = self.target.chosen(context, &project.settings, &runtime)?;
        let targets = &chosen.targets;
        let whole = targets.len() == 1 || context.printer.verbose();
        let found = runtime.block_on(status(targets, &project.prepared, chosen.look, whole));
        match self.format {
            Form::Json => context.printer.out(&json_text(&found)),
            Form::Human => human(context, &found),
        }
        Ok(Exit::from(found.outcome(self.check)))
    }
}

impl VersionArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let project_dir = freehold_app::locate::locate(&context.here, None).project_dir;
        let settings = context.settings(&project_dir)?;
        let runtime = runtime()?;
        let chosen = self.target.chosen(context, &settings, &runtime)?;
        let targets = &chosen.targets;
        let mut exit = Exit::CLEAN;
        for target in targets {
            let told = match runtime.block_on(version(target, chosen.look)) {
                Ok(version) => version.unwrap_or_else(|| "none".to_owned()),
                Err(error) => {
                    let failure = Failure::from_error(&*error);
                    let failure = match next_step(&error) {
                        Some(help) => failure.helped(help),
                        None => failure,
                    };
                    exit = context.printer.failure(&if targets.len() > 1 {
                        failure.of(&target.name)
                    } else {
                        failure
                    });
                    continue;
                }
            };
            let name = if targets.len() > 1 { format!("{} ", target.name) } else { String::new() };
            context.printer.out(&super::fleet::line(&format!("{name}{told}")));
        }
        Ok(exit)
    }
}

fn human(context: &Context<'_>, found: &Status) {
    let printer = context.printer;
    match found.targets.as_slice() {
        [target] => match &target.trouble {
            Some(trouble) => {
                printer.failure(&show::troubled(&target.target, trouble));
            }
            None => printer.out(&one::text(found, target, printer.verbose())),
        },
        _ => printer.out(&many::text(found, printer.verbose())),
    }
}
