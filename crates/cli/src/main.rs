//! The program `freehold`: flags and environment in, one use case of `freehold-app`, one report out.

mod args;
mod commands;
mod environment;
mod exit;
mod failure;
mod git;
mod printer;
mod progress;
mod rule_names;
mod signals;

use clap::FromArgMatches as _;

use crate::{args::Cli, environment::Environment, exit::Exit, printer::Printer};

fn main() -> std::process::ExitCode {
    let environment = Environment::read();
    let matches = match args::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return args::refused(&error).into(),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return args::refused(&error).into(),
    };
    let printer = Printer::new(&cli.global, &environment);
    signals::stop_everything_when_told();
    let outcome = commands::run(cli, &environment, &printer);
    signals::wait_for_the_end_if_told();
    let exit = match outcome {
        Ok(exit) => exit,
        Err(failure) => printer.failure(&failure),
    };
    let exit = if printer.stdout_failed() { Exit::COULD_NOT_RUN } else { exit };
    exit.into()
}
