//! Tasks for the developers of Freehold: `cargo xtask generate`, `tidy`, `new-rule`, `new-proof`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool talks to its terminal")]

mod error;
mod generate;
mod scaffold;
mod tidy;
mod tree;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{error::TaskError, tree::Tree};

/// Tasks for the developers of Freehold.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Rewrite the generated files: docs/cli.md, docs/report.schema.json, docs/rules/
    Generate {
        /// Write nothing; fail when a file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Look for what compilers do not see: first lines, floors, lists, pages, words, dependencies
    Tidy,
    /// Begin a rule of the lint room: its file, its examples, its place on the list
    NewRule {
        /// The family, such as `locks`: a list in crates/lint/src/rules
        family: String,
        /// The thing complained about, in kebab-case, such as `index-built-without-concurrently`
        name: String,
    },
    /// Begin a proof: its file, its place on the list
    NewProof {
        /// The thing refuted, in kebab-case, such as `down-fails`
        name: String,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse().task) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(inner) = cause {
                eprintln!("  because: {inner}");
                cause = inner.source();
            }
            ExitCode::from(2)
        }
    }
}

fn run(task: &Task) -> Result<ExitCode, TaskError> {
    let root = root();
    match task {
        Task::Generate { check: false } => {
            for path in generate::write(&root)? {
                println!("wrote {path}");
            }
            Ok(ExitCode::SUCCESS)
        }
        Task::Generate { check: true } => {
            let stale = generate::stale(&root)?;
            for path in &stale {
                eprintln!("{path} is not what its source says now");
            }
            if stale.is_empty() {
                return Ok(ExitCode::SUCCESS);
            }
            eprintln!("hint: run `cargo xtask generate` and commit what it writes");
            Ok(ExitCode::FAILURE)
        }
        Task::Tidy => {
            let tidied = tidy::tidy(&Tree::read(&root)?);
            for problem in &tidied.problems {
                eprintln!("{problem}");
            }
            println!("{}", tidied.summary());
            Ok(if tidied.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Task::NewRule { family, name } => report_scaffold(&scaffold::new_rule(&root, family, name)?),
        Task::NewProof { name } => report_scaffold(&scaffold::new_proof(&root, name)?),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of the other arms")]
fn report_scaffold(scaffold: &scaffold::Scaffold) -> Result<ExitCode, TaskError> {
    for path in &scaffold.changed {
        println!("{path}");
    }
    for line in &scaffold.next {
        println!("next: {line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The workspace's root, known from where this crate was compiled.
fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}
