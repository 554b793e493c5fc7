//! What is done on live databases besides migrating them.
//!
//! This room never decides whether a database may be written to: whoever calls it was told so by name.

pub mod roles;
