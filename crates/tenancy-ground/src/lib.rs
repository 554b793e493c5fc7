//! What the tests, the benchmarks and the examples in the documentation of `freehold-tenancy` stand on.
//!
//! An example in the documentation runs: a hidden first line gives it a database of its own, with the tenants 1 to 3 and a
//! few notes of the first two.

mod beside;
mod example;
mod ground;

pub use beside::{alone, with_both};
pub use example::{Note, Outcome, with_cache, with_db, with_ground};
pub use ground::{Ground, tenant};
