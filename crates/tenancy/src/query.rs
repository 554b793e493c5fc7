//! Statements that depend on the request: filters, sorting, pages, bulk writes.
//!
//! Write SQL by hand where a statement is always the same: [`Execute::query`](crate::Execute::query) takes it. This
//! module is for statements that depend on what a caller asks for. A struct that derives [`Table`] has one typed
//! [`Column`] for each field; filters and orders are made of those, so that no text of a request ever becomes SQL:
//! identifiers are quoted, values are bound. Every statement names the tenant of the handle that runs it, besides the
//! server's row level security.
//!
//! ```no_run
//! use freehold_tenancy::{FromRow, Tenant, query::{self, CursorKey, Cursors, Table}};
//!
//! #[derive(Debug, FromRow, Table)]
//! #[table(name = "notes", key(id), soft_delete = "deleted_at")]
//! struct Note {
//!     id: i64,
//!     body: String,
//!     #[table(generated)]
//!     created_at: jiff::Timestamp,
//! }
//!
//! # async fn f(tenant: Tenant, asked: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
//! let cursors = Cursors::new(CursorKey::new(1, b"32 bytes from a secret of its own")?);
//! let page = query::select::<Note>()
//!     .filter(Note::BODY.contains("100 %"))
//!     .sort(Note::CREATED_AT.desc())
//!     .page(&tenant, &cursors, 50, asked)
//!     .await?;
//! println!("{} notes, more: {}", page.rows.len(), page.next.is_some());
//! # Ok(())
//! # }
//! ```

mod change;
mod column;
mod cursor;
mod delete;
mod error;
mod filter;
mod insert;
mod order;
mod page;
#[cfg(feature = "patch")]
mod patch;
mod plan;
mod raw;
mod rows;
mod seek;
mod select;
mod source;
mod sql_type;
mod statement;
mod table;
mod upsert;

pub use freehold_tenancy_derive::Table;

pub use change::{Update, update};
pub use column::{Column, Columns};
pub use cursor::{CursorError, CursorKey, CursorKeyError, Cursors};
pub use delete::{Delete, Restore, SoftDeletion, delete, restore, soft_delete};
pub use error::{Flaw, QueryError};
pub use filter::Filter;
pub use insert::{Insert, insert};
pub use order::Order;
pub use page::Page;
#[cfg(feature = "patch")]
pub use patch::{Patch, PatchError, Shape, ShapeError, patch};
pub use rows::{ChangeRows, Changed, DeleteRows, delete_rows, update_rows};
pub use select::{Count, Select, select};
pub use sql_type::{Element, JsonColumn, NamesTenant, SqlType};
#[doc(hidden)]
pub use sql_type::{flaw_of_json, flawless};
#[doc(hidden)]
pub use statement::Bound;
pub use table::{ColumnInfo, SoftDelete, Table};
pub use upsert::{Upsert, Upserted, upsert};

/// Rows that one statement gives at most: more are a matter of pages, or of a stream.
pub const MOST_ROWS: u32 = 10_000;

/// Rows on one page at most.
pub const LARGEST_PAGE: u32 = 1_000;

/// Rows that one statement writes at most: more are a matter of ingest.
pub const MOST_WRITTEN: usize = 100_000;

/// Elements of one list at most.
pub const LONGEST_LIST: usize = 1_000_000;

/// Bytes of one JSON value at most.
pub const LARGEST_JSON: usize = 16 << 20;

/// Nested conditions at most.
pub const DEEPEST_FILTER: usize = 64;
