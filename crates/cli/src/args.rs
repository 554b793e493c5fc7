//! The command line as a whole: what every command shares, and the help.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory as _, Parser, ValueEnum};

use crate::{commands::Commands, exit::Exit};

/// Rehearses PostgreSQL migrations on a private server and shows what was proven
#[derive(Debug, Parser)]
#[command(name = "freehold", version, disable_help_subcommand = true, subcommand_required = true)]
pub(crate) struct Cli {
    /// What every command shares.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Commands,
}

/// What every command shares.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Run as if started in this folder
    #[arg(short = 'C', long = "directory", global = true, display_order = 900, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    /// No progress and no remarks; nothing at all when there is nothing to say
    #[arg(short, long, global = true, display_order = 901)]
    pub(crate) quiet: bool,
    /// Show more: each migration with its statements and locks
    #[arg(short, long, global = true, display_order = 902, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Colours: auto (on a terminal unless NO_COLOR is set), always or never
    #[arg(
        long,
        global = true,
        display_order = 903,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) color: Colour,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    // No help for the values: it would make the help of the whole program a long one.
    Auto,
    Always,
    Never,
}

/// The commands under their headings, in the order of the help. A test holds this against the commands there are.
pub(crate) const GROUPS: &[(&str, &[&str])] = &[
    ("Judge", &["check", "isolation", "lint", "snapshot"]),
    ("Apply", &["migrate", "roles", "seed"]),
    ("Set up", &["init", "doctor"]),
    ("Learn", &["rules", "explain-rule"]),
    ("For the shell", &["lsp", "completions", "man", "version"]),
];

/// The whole command line for clap, with the commands grouped in the help.
pub(crate) fn command() -> Command {
    let command = Cli::command();
    let mut listed = String::new();
    for (heading, names) in GROUPS {
        listed.push_str(&format!("{heading}:\n"));
        for name in *names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            listed.push_str(&format!("  {name:<13} {about}\n"));
        }
    }
    command.help_template(format!(
        "{{name}} {{version}}: rehearses PostgreSQL migrations on a private server, with evidence\n\n\
         {{usage-heading}} {{usage}}\n\n{listed}\nOptions:\n{{options}}\n\n\
         Exit codes: 0 clean, 1 findings, 2 could not run, 3 something asked for could not be verified\n"
    ))
}

/// Prints what clap has to say: help and version are no failures.
pub(crate) fn refused(error: &clap::Error) -> Exit {
    // A reader who has gone away wants no help.
    let _ = error.print();
    if error.use_stderr() { Exit::COULD_NOT_RUN } else { Exit::CLEAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn every_command_is_in_one_group_and_has_a_line_of_help() {
        let command = command();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        grouped.sort_unstable();
        known.sort_unstable();
        assert_eq!(grouped, known);
        assert!(command.get_subcommands().all(|c| c.get_about().is_some()));
    }
}
