//! Long-running faces: the language server.
