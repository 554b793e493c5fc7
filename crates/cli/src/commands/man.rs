//! `freehold man`

use std::path::PathBuf;

use clap::{Args, Command};

use crate::{args, exit::Exit, failure::Failure, printer::Printer};

/// Print the manual page, or write the pages of all commands.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Write freehold.1 and one page for each command into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl ManArgs {
    /// Prints or writes.
    pub(crate) fn run(self, printer: &Printer) -> Result<Exit, Failure> {
        let mut command = args::command().disable_help_flag(false);
        command.build();
        let Some(dir) = self.dir else {
            printer.out(&page(command)?);
            return Ok(Exit::CLEAN);
        };
        let commands: Vec<Command> = command.get_subcommands().cloned().collect();
        printer.file(&dir.join("freehold.1"), &page(command)?)?;
        for command in commands {
            let name = format!("freehold-{}", command.get_name());
            for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
                let name = format!("{name}-{}", inner.get_name());
                let file = dir.join(format!("{name}.1"));
                printer.file(&file, &page(inner.clone().display_name(name))?)?;
            }
            let file = dir.join(format!("{name}.1"));
            printer.file(&file, &page(command.display_name(name))?)?;
        }
        Ok(Exit::CLEAN)
    }
}

fn page(command: Command) -> Result<String, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text).map_err(|error| Failure::from_error(&error))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
