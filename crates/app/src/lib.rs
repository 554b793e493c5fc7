//! The use cases of Freehold and the renderers of reports.
//!
//! This room is the boundary that every face goes through: a request goes in, a [`report::Report`] comes out.

pub mod check;
pub mod doctor;
pub mod explain;
mod file_rules;
pub mod hazards;
pub mod init;
pub mod isolation;
pub mod lint;
pub mod locate;
pub mod migrate;
mod prelude;
pub mod progress;
pub mod record;
pub mod render;
pub mod report;
pub mod roles;
pub mod rules;
pub mod seed;
pub mod settings;
pub mod tenancy;

pub use freehold_db::{ConnectTo, ConnectToError};
pub use freehold_sandbox::{Search, stop_all_now};

pub use freehold_model::{
    finding::{Rule, Severity},
    place,
    secret::Secret,
};
