//! The counts of one request.

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    hash::{DefaultHasher, Hash, Hasher},
    panic::Location,
};

use crate::{execute::Param, telemetry::Fingerprint};

/// Statements, and keys of a statement, that are told apart; a request that has more is counted without them.
const MOST_STATEMENTS: usize = 1_000;
const MOST_KEYS: usize = 10_000;

/// How often each statement came.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) statements: u64,
    pub(super) by_fingerprint: HashMap<Fingerprint, Count>,
}

/// How often one statement came.
#[derive(Debug, Default)]
pub(super) struct Count {
    /// When it first came, as the number of the statement.
    pub(super) first: u64,
    pub(super) times: u64,
    /// How often it came with each key; keys are kept as hashes.
    pub(super) keys: HashMap<u64, u64>,
    pub(super) sites: HashMap<&'static Location<'static>, u64>,
}

impl Counts {
    pub(super) fn add(&mut self, fingerprint: &Fingerprint, key: u64, site: &'static Location<'static>) {
        self.statements += 1;
        if !self.by_fingerprint.contains_key(fingerprint) && self.by_fingerprint.len() >= MOST_STATEMENTS {
            return;
        }
        let first = self.statements;
        let count = self
            .by_fingerprint
            .entry(fingerprint.clone())
            .or_insert_with(|| Count { first, ..Count::default() });
        count.times += 1;
        *count.sites.entry(site).or_default() += 1;
        if count.keys.len() < MOST_KEYS || count.keys.contains_key(&key) {
            *count.keys.entry(key).or_default() += 1;
        }
    }
}

/// A hash of the text with its literals, and of the parameters as their `Debug` shows them.
pub(super) fn key(text: &str, params: &[Param<'_>]) -> u64 {
    struct Hashing(DefaultHasher);
    impl fmt::Write for Hashing {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut hashing = Hashing(DefaultHasher::new());
    text.hash(&mut hashing.0);
    for param in params {
        // A `Debug` that fails has been hashed as far as it came.
        let _ = write!(hashing, "{param:?}\0");
    }
    hashing.0.finish()
}
