//! `freehold completions`

use clap::Args;
use clap_complete::Shell;

use crate::{args, exit::Exit, printer::Printer};

/// Print completions for a shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints them.
    pub(crate) fn run(self, printer: &Printer) -> Exit {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut args::command(), "freehold", &mut text);
        printer.out(&String::from_utf8_lossy(&text));
        Exit::CLEAN
    }
}
