//! The cache on a real Redis: what it keeps, what it forgets, and what it does without one.
#![cfg(feature = "cache")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]
#![allow(unreachable_pub, reason = "parts of one test program")]

#[path = "cache/away.rs"]
mod away;
#[path = "cache/cluster.rs"]
mod cluster;
#[path = "cache/figures.rs"]
mod figures;
#[path = "cache/garbage.rs"]
mod garbage;
#[path = "cache/local.rs"]
mod local;
#[path = "cache/reads.rs"]
mod reads;
#[path = "cache/stage.rs"]
mod stage;
#[path = "cache/tags.rs"]
mod tags;
#[path = "cache/tools.rs"]
mod tools;
#[path = "cache/writes.rs"]
mod writes;
