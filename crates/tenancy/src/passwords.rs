//! Hashes of passwords.
