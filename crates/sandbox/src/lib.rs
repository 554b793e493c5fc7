//! A private PostgreSQL server that is born and dies with its value.
//!
//! - [`find_installations`] finds server programs, [`Sandbox::start`] starts a server on a clone of a data folder that
//!   initdb made once.
//! - [`Server`] hands out scratch databases, on a sandbox or on a development server given by its URL.
//! - [`RedisServer`] and [`PoolerServer`] are a Redis and a PgBouncer beside it, with the same end.
//!
//! **Nothing is left over.** A sandbox ends with its value, so also on errors and panics. [`stop_all_now`] is for the
//! handler of SIGINT and SIGTERM. Should the process die without either, a small shell that holds the other end of a
//! pipe notices and stops the server. Should that die too, the next start sweeps: every sandbox folder has a lock file
//! which its process holds, and a folder whose lock is free belongs to nobody alive.

mod account;
mod admin;
mod clone;
mod command;
mod daemon;
mod dump;
mod error;
mod extensions;
mod find;
mod folders;
mod given;
mod memo;
mod options;
mod pooler;
mod postmaster;
mod processes;
mod redis;
mod registry;
mod sandbox;
mod scratch;
mod server;
mod settings;
mod sweep;
mod template;
pub mod testing;
mod watchdog;

pub use command::{CommandOutcome, run_command};
pub use dump::{DumpError, DumpOf};
pub use error::SandboxError;
pub use extensions::{AvailableExtension, package_hint};
pub use find::{
    Found, FoundBy, Installation, RefusedInstallation, Search, find_installations, install_advice,
};
pub use given::GivenServer;
pub use options::{SandboxOptions, Storage};
pub use pooler::{PoolMode, PoolerLogin, PoolerOptions, PoolerServer};
pub use redis::{RedisOptions, RedisServer};
pub use registry::stop_all_now;
pub use sandbox::Sandbox;
pub use scratch::Scratch;
pub use server::Server;
pub use sweep::sweep;
