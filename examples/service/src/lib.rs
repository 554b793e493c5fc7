//! What the example services share: their own servers, the start, answers to errors.
//!
//! A service is a library with a `router`, so that its tests can start it, and a small `main`. Where no URL is given it
//! starts a private PostgreSQL and a private Redis, which die with it.

mod answer;
mod bearer;
mod begin;
mod entrance;
mod owner;
mod person;
mod places;
mod run;
mod settings;
pub mod trial;

pub use answer::{Answer, Refusal};
pub use bearer::{Bearer, BearerError, Bearers};
pub use begin::{BeginError, begin, open, serve};
pub use entrance::{administration, hash_password, verify_password};
pub use owner::{Owner, OwnerError};
pub use person::{Person, bearer, signed_in};
pub use places::{Places, PlacesError, Service};
pub use run::run;
pub use settings::{Settings, SettingsError};
