//! Face recognition as a service: an HTTP API on multi-tenant PostgreSQL.
//!
//! Embeddings come in the request; there is no model here. They are stored encrypted under a key of the tenant's own;
//! readable ones are kept only of faces that are to be found by 1:N search.

mod app;
mod caller;
mod consents;
mod faces;
mod keys;
mod limits;
mod matching;
mod openapi;
mod persons;
mod tenants;

pub use app::{App, SERVICE, router, start};
