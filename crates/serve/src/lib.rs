//! Long-running faces: the language server.

pub mod lsp;
