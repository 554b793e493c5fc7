//! Encrypted columns.
