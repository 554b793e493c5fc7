//! Tenants, pool, queries, vectors, secrets, audit and cache for applications on multi-tenant PostgreSQL.
//!
//! A program that uses this can't forget its tenant: [`Db`] runs no statement by itself. [`Db::tenant`] gives the handle
//! of one tenant, and everything that goes through it is held to that tenant by the server's row level security.

// Derived code names this crate by its name, also within it.
extern crate self as freehold_tenancy;

pub mod audit;
pub mod guard;
pub mod ingest;
pub mod listen;
pub mod lock;
pub mod query;
pub mod rights;
pub mod signed;
pub mod telemetry;

#[cfg(feature = "secrets")]
pub mod api_keys;
#[cfg(feature = "cache")]
pub mod cache;
#[cfg(feature = "migrate")]
pub mod migrate;
#[cfg(feature = "secrets")]
pub mod passwords;
#[cfg(feature = "secrets")]
pub mod secrets;
#[cfg(feature = "vectors")]
pub mod vectors;

mod builder;
mod context;
mod db;
mod error;
mod execute;
mod from_row;
mod pooler;
mod replica;
mod row;
mod settings;
mod sql;
mod status;
mod system;
mod tenant;
mod tenant_id;
mod tls;
mod transaction;
mod wire;

pub use builder::DbBuilder;
pub use db::Db;
pub use error::{DatabaseError, Error};
pub use execute::{Execute, Param};
pub use freehold_model::{name::quote_identifier, sqlstate::SqlState};
/// Embeds a folder of migrations, named as it stands from the package: `migrate!("migrations")`. The format is the one in
/// the nearest `freehold.toml`, or `migrate!("migrations", format = "goose")`, else what the files show. See
/// [`mod@migrate`].
///
/// ```
/// use freehold_tenancy::migrate::Migrations;
///
/// // Here the folder is another package's; yours would be "migrations".
/// static MIGRATIONS: Migrations = freehold_tenancy::migrate!("../../examples/meetings/migrations");
/// ```
///
/// A folder that is not there, or is empty, is an error of the compiler's:
///
/// ```compile_fail
/// let migrations = freehold_tenancy::migrate!("nowhere");
/// ```
#[cfg(feature = "migrate")]
pub use freehold_tenancy_derive::migrate;
pub use freehold_tenancy_derive::{FromRow, Record};
pub use from_row::FromRow;
pub use pooler::Pooler;
pub use postgres_types::{FromSql, FromSqlOwned, Json, ToSql};
pub use row::{Column, ColumnIndex, Row};
pub use settings::{SettingsError, Tenancy};
pub use sql::Sql;
pub use status::{Standing, StatusCheck};
pub use system::{System, SystemWork};
pub use tenant::Tenant;
pub use tenant_id::{TenantId, TenantIdError, TenantKind};
pub use tls::TlsError;
pub use transaction::{Isolation, RowStream, Savepoint, Transaction, TransactionOptions};
pub use wire::{Batch, BatchAnswer};
