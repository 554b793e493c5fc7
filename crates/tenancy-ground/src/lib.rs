//! What the tests, the benchmarks and the examples in the documentation of `freehold-tenancy` stand on.
//!
//! An example in the documentation runs: a hidden first line gives it a database of its own, with the tenants 1 to 3 and a
//! few notes of the first two.

mod acme;
mod beside;
mod example;
mod ground;
mod safekeeping;

pub use acme::{DataNote, PlainNote, TopicNote, VersionedNote, faces, with_acme, with_empty, with_faces};
pub use beside::with_both;
pub use example::{Note, Outcome, alone, with_cache, with_db, with_ground};
pub use ground::{Ground, tenant};
pub use safekeeping::{
    MASTER, with_api_keys, with_people, with_signed, with_tenant_keys, with_trail, with_vault,
};
