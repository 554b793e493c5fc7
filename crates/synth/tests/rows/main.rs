//! Row synthesis against a real server.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bench;
mod harder;
mod refusals;
mod schemas;
mod stage;
mod tenants;
mod town;
