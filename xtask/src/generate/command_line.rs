//! `docs/cli.md`: the program's own help, as the program prints it.

#![expect(clippy::disallowed_methods, reason = "the definition of flags is asked of the program itself")]

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use crate::error::TaskError;

/// The page: the program's help, then that of each command, in the order of the man page.
pub(super) fn page(root: &Path) -> Result<String, TaskError> {
    let program = build(root)?;
    let mut page = String::from(
        "# The command line\n\nMade by `cargo xtask generate` from the program's own definition; do not edit.\n",
    );
    section(&mut page, "freehold", &ask(&program, &["--help"])?);
    for command in commands(&ask(&program, &["man"])?) {
        let help = ask(&program, &[&command, "--help"])?;
        section(&mut page, &format!("freehold {command}"), &help);
        for inner in inner_commands(&help) {
            let help = ask(&program, &[&command, inner, "--help"])?;
            section(&mut page, &format!("freehold {command} {inner}"), &help);
        }
    }
    Ok(page)
}

fn section(page: &mut String, title: &str, help: &str) {
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {title}\n\n```text\n{}\n```\n", help.join("\n")));
}

/// The names of the commands in a man page: lines such as `freehold\-check(1)` of its section SUBCOMMANDS.
fn commands(man: &str) -> Vec<String> {
    let name = |line: &str| {
        let command = line.trim().strip_suffix("(1)")?.replace("\\-", "-");
        Some(command.strip_prefix("freehold-")?.to_owned())
    };
    man.lines().filter_map(name).filter(|name| name != "help").collect()
}

/// The commands that the help of a command lists under `Commands:`.
fn inner_commands(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = lines.take_while(|line| !line.trim().is_empty());
    // A line that goes on with the one before it is indented further.
    let named = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    named.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect()
}

/// Builds the program and returns where it is: beside this one.
fn build(root: &Path) -> Result<PathBuf, TaskError> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--quiet", "--package", "freehold"]);
    run(&mut cargo)?;
    let mut program =
        env::current_exe().map_err(|source| TaskError::Start { command: "xtask".to_owned(), source })?;
    program.set_file_name(format!("freehold{}", env::consts::EXE_SUFFIX));
    Ok(program)
}

/// What the program prints for these arguments, in an environment of its own: help shows values of variables.
fn ask(program: &Path, arguments: &[&str]) -> Result<String, TaskError> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("HOME", "/home/you").env("NO_COLOR", "1").env("COLUMNS", "100");
    command.env("PATH", env::var_os("PATH").unwrap_or_default());
    run(&mut command)
}

fn run(command: &mut Command) -> Result<String, TaskError> {
    let words: Vec<&OsStr> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let words = words.join(OsStr::new(" ")).to_string_lossy().into_owned();
    let output = command.output().map_err(|source| TaskError::Start { command: words.clone(), source })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(TaskError::Failed { command: words, words: said });
    }
    String::from_utf8(output.stdout).map_err(|source| TaskError::NotText { command: words, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_from_the_man_page() {
        let man = ".SH SUBCOMMANDS\n.TP\nfreehold\\-check(1)\nRehearse\n.TP\nfreehold\\-check\\-all(1)\nx\n.TP\nfreehold\\-help(1)\n";
        assert_eq!(commands(man), ["check", "check-all"]);
    }

    #[test]
    fn inner_commands_are_read_from_the_help() {
        let help = "About\n\nCommands:\n  new     Write\n            more\n  up      Apply\n  help    x\n\nOptions:\n  -h  y\n";
        assert_eq!(inner_commands(help), ["new", "up"]);
        assert!(inner_commands("Usage: freehold check\n\nOptions:\n  -h  y\n").is_empty());
    }

    #[test]
    fn a_section_has_no_blanks_at_line_ends() {
        let mut page = String::new();
        section(&mut page, "freehold", "a  \n\nb\n\n");
        assert_eq!(page, "\n## freehold\n\n```text\na\n\nb\n```\n");
    }
}
