//! Single statements on shared connections: what comes back, what is refused, and what others notice of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "wire/crossing.rs"]
mod crossing;
#[path = "wire/garbage.rs"]
mod garbage;
use freehold_tenancy_ground as ground;
#[path = "wire/losses.rs"]
mod losses;
#[path = "wire/refusals.rs"]
mod refusals;
#[path = "wire/slow.rs"]
mod slow;
#[path = "wire/types.rs"]
mod types;
