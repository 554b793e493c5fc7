//! `freehold snapshot`

use std::path::PathBuf;

use clap::Args;
use freehold_app::{ConnectTo, lint::snapshot::take};

use super::Context;
use crate::{exit::Exit, failure::Failure};

/// Write down a live database for the rules: catalog, sizes, queries; no rows
///
/// The database is looked at over a session that cannot write. The text can be read before it is passed on: it holds
/// definitions, numbers and the texts of queries without their constants. `freehold lint --snapshot FILE` reads it.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// The database
    #[arg(long, value_name = "URL")]
    url: String,
    /// Write it to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl SnapshotArgs {
    /// Takes it and writes it.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<Exit, Failure> {
        let to = ConnectTo::from_url(&self.url).map_err(|error| {
            let help = error.help().to_owned();
            Failure::from_error(&error).helped(help)
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        let snapshot = runtime.block_on(take(&to)).map_err(|error| Failure::explained(&error))?;
        match &self.output {
            Some(file) => {
                context.printer.file(&context.here.join(file), &snapshot.text())?;
                context.printer.remark(&format!("snapshot: {}", file.display()));
            }
            None => context.printer.out(&snapshot.text()),
        }
        for (what, why) in snapshot.missing() {
            context.printer.remark(&format!("not in the snapshot: {what}: {why}"));
        }
        Ok(Exit::CLEAN)
    }
}
