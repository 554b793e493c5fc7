//! Proofs by experiment on scratch databases: the rehearsal of migrations.
//!
//! A rehearsal takes migrations as plain values ([`step::Step`]), runs them on a scratch database and records what it
//! saw ([`observation`]). The proofs ([`proofs`]) then judge the record; they touch no server.

pub mod error;
pub mod isolation;
pub mod observation;
mod observe;
pub mod proofs;
pub mod rehearsal;
mod send;
pub mod step;
mod watch;
mod weight;

pub use error::RehearsalError;
pub use weight::{Weight, weight};
