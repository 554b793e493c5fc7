//! Transactions end whole, leave nothing behind on their connection, and are begun again where that helps.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

#[path = "transactions/endings.rs"]
mod endings;
#[path = "transactions/limits.rs"]
mod limits;
#[path = "transactions/parts.rs"]
mod parts;
#[path = "transactions/retries.rs"]
mod retries;
#[path = "transactions/streams.rs"]
mod streams;
