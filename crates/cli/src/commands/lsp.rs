//! `freehold lsp`

use clap::Args;

use crate::{exit::Exit, failure::Failure};

/// Serve an editor: the Language Server Protocol on standard input and output
///
/// What the rules say while one types, a rule's page on hover, fixes as code actions, the lock of each statement as a hint.
/// Editors start it by themselves; see docs/editors.md.
#[derive(Debug, Args)]
pub(crate) struct LspArgs {
    /// Accepted and of no effect: some editors add it
    #[arg(long, hide = true)]
    stdio: bool,
}

impl LspArgs {
    /// Serves until the editor says goodbye or closes its end.
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::from_error(&error))?;
        runtime.block_on(freehold_serve::lsp::serve());
        // A read of standard input that still waits must not hold up the end.
        runtime.shutdown_background();
        Ok(Exit::CLEAN)
    }
}
