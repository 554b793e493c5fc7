//! One command on many targets, on real databases.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

mod fleet {
    mod disappearing;
    mod failing;
    mod ground;
    mod halting;
    mod looking;
    mod sharing;
}
