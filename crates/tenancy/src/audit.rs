//! Who changed what: an append-only trail of every change, with the person behind it, in a chain that shows tampering.

mod actor;

pub use actor::{Actor, IP, REQUEST, USER};
