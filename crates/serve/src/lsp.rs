//! `freehold lsp`: what the rules say, while one types, in every editor that speaks the Language Server Protocol.
//!
//! Diagnostics come from the text of the whole folder with the open files in place of those on the disk; hovering shows a
//! rule's page; code actions carry out fixes; inlay hints show the lock that a statement takes. No server is started and
//! none is asked.

mod convert;
mod documents;
mod edits;
mod server;

use tower_lsp_server::{LspService, Server};

/// Serves one client on standard input and output until it says goodbye.
pub async fn serve() {
    let (service, socket) = LspService::new(server::Backend::new);
    Server::new(tokio::io::stdin(), tokio::io::stdout(), socket).serve(service).await;
}
