//! Meetings: join by code, live presence, an audit log.
//!
//! Tenants are organisations here. Durable facts are in PostgreSQL; who is present at this moment is in Redis, with an
//! end, and read from PostgreSQL while Redis is away.

mod app;
mod audit;
mod caller;
mod joining;
mod meetings;
mod openapi;
mod organizations;
mod people;
mod presence;

pub use app::{App, SERVICE, router, start};
