//! `freehold doctor`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use freehold_app::{
    doctor::{Request, run},
    locate::locate,
};

use super::{Context, check::major};
use crate::{exit::Exit, failure::Failure};

/// Show which PostgreSQL was found, its extensions, and what is missing for what.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Ask for an extension by name; may be given several times
    #[arg(long = "extension", value_name = "NAME")]
    extensions: Vec<String>,
    /// The major version that is wanted
    #[arg(long, value_name = "N", value_parser = major())]
    pg_major: Option<u32>,
    /// The folder of PostgreSQL's programs (also: FREEHOLD_PG_BIN)
    #[arg(long, value_name = "DIR")]
    pg_bin: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: TextOrJson,
}

/// For a person or for a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TextOrJson {
    Human,
    Json,
}

impl DoctorArgs {
    /// Looks and tells; 1 when something that is needed is missing.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let project_dir = locate(&context.here, None).project_dir;
        let report = run(&Request {
            settings: context.settings(&project_dir)?,
            project_dir,
            search: context.environment.search(self.pg_bin),
            pg_major: self.pg_major,
            extensions: self.extensions,
        });
        match self.format {
            TextOrJson::Human if context.printer.quiet() && report.ready => {}
            TextOrJson::Human => context.printer.out(&report.to_human(context.printer.width())),
            TextOrJson::Json => context.printer.out(&report.to_json()),
        }
        Ok(if report.ready { Exit::CLEAN } else { Exit::FINDINGS })
    }
}
