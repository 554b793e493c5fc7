//! Uptime monitoring: a worker that probes, and pages that show what it saw.
//!
//! The worker probes each active monitor at its interval with bounded concurrency and writes what it saw in batches,
//! one for each tenant; a roll-up keeps one row a day, from which the pages are drawn.

mod app;
mod caller;
mod checks;
mod days;
mod monitors;
mod openapi;
mod probe;
mod status_page;
mod tenants;
mod worker;

pub use app::{App, SERVICE, router, start};
pub use worker::{Worker, WorkerOptions, WorkerReport};
