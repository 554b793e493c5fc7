//! The rehearsal on a real server: each claim with a migration that breaks just it, and its twin that does not.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's helpers fail by panicking, as tests do"
)]

mod blocking;
mod harness;
mod reversibility;
mod rows;
mod scripts;
