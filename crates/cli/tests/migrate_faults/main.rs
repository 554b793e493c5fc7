//! `freehold migrate` and the faults that it has to survive, each with the real thing.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set itself up has failed"
)]

mod killed_runner;
mod killed_server;
mod own_server;
mod project;
mod proxy;
mod targets;
mod together;
