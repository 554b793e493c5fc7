//! The use cases of Freehold and the renderers of reports.
//!
//! This room is the boundary that every face goes through: a request goes in, a [`report::Report`] comes out.

pub mod explain;
pub mod progress;
pub mod report;
pub mod settings;

pub use freehold_model::{
    finding::{Rule, Severity},
    secret::Secret,
};
