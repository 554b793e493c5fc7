//! Statements that depend on the request: filters, sorting, pages, bulk writes.
//!
//! Write SQL by hand where a statement is always the same: [`Execute::query`](crate::Execute::query) takes it. This
//! module is for statements that depend on what a caller asks for. A struct that derives [`Table`] has one typed
//! [`Column`] for each field; filters and orders are made of those, so that no text of a request ever becomes SQL:
//! identifiers are quoted, values are bound. Every statement names the tenant of the handle that runs it, besides the
//! server's row level security.
//!
//! ```
//! use freehold_tenancy::{FromRow, query::{self, CursorKey, Cursors, Table}};
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
//! # freehold_tenancy_ground::with_acme(|_db, acme| async move {
//! # let asked = None;
//! let cursors = Cursors::new(CursorKey::new(1, b"32 bytes from a secret of its own")?);
//! let page = query::select::<Note>()
//!     .filter(Note::BODY.contains("ea")) // of milk, bread and tea
//!     .sort(Note::CREATED_AT.desc())
//!     .page(&acme, &cursors, 50, asked)
//!     .await?;
//! assert_eq!((page.rows.len(), page.next), (2, None));
//! # Ok(())
//! # });
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
///
/// ```
/// # use freehold_tenancy_ground::PlainNote as Note;
/// use freehold_tenancy::query::{self, MOST_ROWS};
///
/// let asked: u32 = 50_000;
/// let select = query::select::<Note>().limit(asked.clamp(1, MOST_ROWS));
/// assert!(format!("{select:?}").contains("limit: Some(10000)"));
/// ```
pub const MOST_ROWS: u32 = 10_000;

/// Rows on one page at most.
///
/// ```
/// use freehold_tenancy::query::LARGEST_PAGE;
///
/// let asked: u32 = 5_000;
/// assert_eq!(asked.clamp(1, LARGEST_PAGE), 1_000, "a page that is never refused");
/// ```
pub const LARGEST_PAGE: u32 = 1_000;

/// Rows that one statement writes at most: more are a matter of ingest.
///
/// ```
/// # use freehold_tenancy_ground::PlainNote as Note;
/// use freehold_tenancy::query::{self, MOST_WRITTEN};
///
/// let notes: Vec<Note> = (0..250_000).map(|id| Note { id, body: String::new() }).collect();
/// let inserts: Vec<_> = notes.chunks(MOST_WRITTEN).map(query::insert).collect();
/// assert_eq!(inserts.len(), 3);
/// ```
pub const MOST_WRITTEN: usize = 100_000;

/// Elements of one list at most.
///
/// ```
/// # use freehold_tenancy_ground::PlainNote as Note;
/// use freehold_tenancy::query::LONGEST_LIST;
///
/// let filter = Note::ID.in_list(0..=LONGEST_LIST as i64);
/// assert_eq!(
///     format!("{filter:?}"),
///     "Filter(the value for id: the list has 1000001 elements, 1000000 may be)",
/// );
/// ```
pub const LONGEST_LIST: usize = 1_000_000;

/// Bytes of one JSON value at most.
///
/// ```
/// use freehold_tenancy::query::{Flaw, LARGEST_JSON, SqlType};
///
/// let document = serde_json::Value::from("x".repeat(LARGEST_JSON));
/// assert_eq!(document.flaw(), Some(Flaw::TooLarge { most: LARGEST_JSON }), "with its quotes it is too large");
/// ```
pub const LARGEST_JSON: usize = 16 << 20;

/// Nested conditions at most.
///
/// ```
/// # use freehold_tenancy_ground::PlainNote as Note;
/// use freehold_tenancy::query::{DEEPEST_FILTER, Filter};
///
/// let nested = |depth| (0..depth).fold(Note::ID.eq(7), |filter, _| Filter::any([filter]));
/// assert!(format!("{:?}", nested(DEEPEST_FILTER)).contains(r#""id" = $1"#));
/// let deeper = nested(DEEPEST_FILTER + 1);
/// assert_eq!(format!("{deeper:?}"), "Filter(the filter on notes is nested too deeply)");
/// ```
pub const DEEPEST_FILTER: usize = 64;
