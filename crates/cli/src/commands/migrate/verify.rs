//! `freehold migrate verify`

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use freehold_app::{
    migrate::verify::{Request, TargetVerified, Verified, verify},
    render::{json_text, visible},
};

use super::{
    arguments::{FolderArgs, Form, TargetArgs, runtime},
    diff, human, show,
};
use crate::{
    commands::{Context, check::major},
    exit::Exit,
    failure::Failure,
    printer::Printer,
};

/// Verify history, files, order and schema against the folder
///
/// Files that were edited after they were applied, applied migrations without a file, migrations that came late, scripts
/// that stopped in the middle; and whether the schema is the one that the applied migrations give on a private server.
/// Databases are only read.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// Do not compare schemas
    #[arg(long)]
    no_drift: bool,
    /// Migrations that are no SQL are applied by somebody else
    #[arg(long)]
    allow_code: bool,
    /// How it is written: human or json
    #[arg(long, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    format: Form,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which private server.
#[derive(Debug, Args)]
#[command(next_help_heading = "Private server")]
pub(super) struct ServerArgs {
    /// Its major version [default: the database's, where it is installed]
    #[arg(long, value_name = "N", value_parser = major())]
    pub(super) pg_major: Option<u32>,
    /// The folder of PostgreSQL's programs (also: FREEHOLD_PG_BIN)
    #[arg(long, value_name = "DIR")]
    pub(super) pg_bin: Option<PathBuf>,
}

impl VerifyArgs {
    pub(super) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let found = self.folder.found(context)?;
        let project = found.project()?;
        let runtime = runtime()?;
        let chosen = self.target.chosen(context, &project.settings, &runtime)?;
        let ground = if self.no_drift { None } else { Some(found.ground(context, &self.server)?) };
        let verified = runtime.block_on(verify(&Request {
            targets: chosen.targets,
            prepared: Arc::clone(&project.prepared),
            look: chosen.look,
            allow_code: self.allow_code,
            ground,
            progress: context.printer.progress(),
        }));
        match self.format {
            Form::Json => context.printer.out(&json_text(&verified)),
            Form::Human => show(context.printer, &verified),
        }
        Ok(Exit::from(verified.outcome()))
    }
}

fn show(printer: &Printer, verified: &Verified) {
    for target in &verified.targets {
        if let Some(trouble) = &target.trouble {
            printer.failure(&show::troubled(&target.target, trouble));
            continue;
        }
        if !(printer.quiet() && target.problems.is_empty()) {
            printer.out(&super::fleet::line(&summary(target)));
        }
        for problem in &target.problems {
            printer.out(&super::fleet::line(&format!("  {}: {}", problem.kind, problem.message)));
            for line in problem.diff.iter().flat_map(|diff| diff.lines()) {
                printer.out(&format!("    {}\n", visible(line).trim_end()));
            }
            if let Some(help) = &problem.help {
                printer.out(&super::fleet::line(&format!("    {help}")));
            }
        }
        for remark in &target.remarks {
            printer.remark(&format!("{}: {remark}", target.target));
        }
    }
    if let Some(drift) = &verified.drift {
        diff::show(printer, drift);
    }
    if let Some(trouble) = &verified.drift_trouble {
        let message = format!("schemas were not compared: {}", trouble.error);
        printer.failure(&Failure::new(message, trouble.help.clone()));
    }
}

fn summary(target: &TargetVerified) -> String {
    let at = target.at.as_deref().map_or("nothing applied".to_owned(), |version| format!("at {version}"));
    let wrong = match target.problems.len() {
        0 => "history, files and order fit".to_owned(),
        count => human::count(count, "problem"),
    };
    format!("{}: {at}, {} applied, {} pending; {wrong}", target.target, target.applied, target.pending)
}
