//! Row synthesis against a real server.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod bench;
mod harder;
mod refusals;
mod schemas;
mod stage;
mod tenancies;
mod tenants;
mod town;
