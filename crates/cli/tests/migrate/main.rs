//! `freehold migrate` as a person or a pipeline runs it: the real program on real databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod applying;
mod events;
mod other_tools;
mod project;
mod reading;
mod rules;
mod stopping;
mod tenants;
mod wrong;
