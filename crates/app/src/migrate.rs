//! `freehold migrate`: the use cases around the runner.
//!
//! [`folder`] reads what is to be applied, [`destination`] decides where, [`run`] carries out what changes a target, and
//! [`status`] tells where targets stand. What is told meanwhile are [`events`].

pub mod adopt;
pub mod destination;
pub mod documents;
pub mod drift;
pub mod dry_run;
pub mod error;
pub mod events;
pub mod folder;
pub mod new;
mod next_step;
pub mod policy;
pub mod private_server;
pub mod rehearsal;
pub mod run;
pub mod squash;
pub mod status;
pub mod targets;
pub mod verify;

pub use crate::explain::excerpt_of_run as excerpt_of;
pub use error::MigrateError;
pub use freehold_migrate::{
    Allow, Command, FleetOptions, LookOptions, Prepared, RunError, RunOptions, Target, Uncertain,
};
pub use next_step::next_step;
