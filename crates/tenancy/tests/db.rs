//! Opening a database: who may ask, which tables are protected, who is served.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;

#[path = "db/pools.rs"]
mod pools;
#[path = "db/protection.rs"]
mod protection;
#[path = "db/system.rs"]
mod system;
