//! `freehold init`

use std::path::PathBuf;

use clap::Args;
use freehold_app::init::{Request, run};

use super::Context;
use crate::{exit::Exit, failure::Failure};

/// Write a commented freehold.toml for what is there.
///
/// Looks for migrations and says why it takes them for what they are. A file that is there already is left alone.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder of migrations, where the project has several or an unusual one
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

impl InitArgs {
    /// Looks, writes, and says what was found.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let request = Request {
            project_dir: context.here.clone(),
            migrations_dir: self.dir.map(|dir| context.here.join(dir)),
            force: self.force,
        };
        let written = run(&request).map_err(|error| Failure::explained(&error))?;
        let mut text = format!("wrote {}\n", written.file.display());
        for sentence in &written.found {
            text.push_str(&format!("  {sentence}\n"));
        }
        if context.printer.verbose() {
            text.push_str(&format!("\n{}", written.text));
        }
        if !context.printer.quiet() {
            context.printer.out(&freehold_app::render::visible(&text));
        }
        Ok(Exit::CLEAN)
    }
}
