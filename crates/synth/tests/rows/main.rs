//! Row synthesis against a real server.

mod bench;
mod harder;
mod refusals;
mod schemas;
mod stage;
