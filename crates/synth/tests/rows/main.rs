//! Row synthesis against a real server.

mod bench;
mod refusals;
mod schemas;
mod stage;
