//! The runner on real databases: what it makes of scripts, histories and people who were there before it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod commands;
mod concurrent;
mod fitting;
mod ground;
mod leftovers;
mod places;
mod resuming;
mod sessions;
mod transactions;
mod where_it_works;
