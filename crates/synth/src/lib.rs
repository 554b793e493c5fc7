//! Rows that satisfy a schema's constraints.
//!
//! [`fill`] puts rows into a table of the database that a session is in: one `INSERT … SELECT` whose expressions
//! come from recipes (one file a family of types), whose foreign keys are joins to parents that were filled first,
//! and whose choices were put to the server's own evaluation of the CHECK constraints. Nothing is guessed in silence:
//! what cannot be satisfied is an error that names the constraint.

mod ask;
mod book;
mod error;
mod fill;
mod literal;
mod look;
mod parents;
mod pattern;
mod plan;
mod populate;
mod recipe;
mod shape;
mod table;

pub use error::SynthError;
pub use fill::{Filled, fill};
pub use populate::{Populated, Population, planned, populate, populate_telling};
