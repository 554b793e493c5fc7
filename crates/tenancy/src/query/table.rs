//! Tables as structs.

use super::{Bound, Flaw};
use crate::TenantId;

/// A column, as the struct describes it.
///
/// ```
/// # use freehold_tenancy_ground::PlainNote as Note;
/// use freehold_tenancy::query::{ColumnInfo, Table};
///
/// let (array, nullable, generated) = (false, false, false);
/// assert_eq!(Note::COLUMNS[0], ColumnInfo { name: "id", sql: "bigint", array, nullable, generated });
/// assert_eq!(Note::COLUMNS[1].sql, "text");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Its name.
    pub name: &'static str,
    /// SQL's name of its type, or of its elements' type.
    pub sql: &'static str,
    /// Whether it is an array.
    pub array: bool,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether the server fills it in, so that it is read and never written.
    pub generated: bool,
}

/// A table, or the part of its columns that a struct has. Derive it:
///
/// ```
/// use freehold_tenancy::{FromRow, query::Table};
///
/// #[derive(FromRow, Table)]
/// #[table(name = "notes", key(id), soft_delete = "deleted_at", version(version))]
/// struct Note {
///     id: i64,
///     #[from_row(column = "text")]
///     body: Option<String>,
///     #[from_row(json)]
///     data: serde_json::Value,
///     version: i32,
///     #[table(generated)]
///     created_at: jiff::Timestamp,
/// }
///
/// assert_eq!(Note::BODY.name(), "text");
/// assert_eq!(Note::KEY, ["id"]);
/// ```
///
/// On the struct: `name`, `schema` (without it the search path finds the table), `tenant` (the tenant column,
/// `tenant_id` without it), `key(...)` (fields that tell the rows of one tenant apart), `soft_delete` (a nullable
/// `timestamptz` column; rows that have one are hidden), `version(...)` (an integer field for optimistic locking).
/// On fields: `#[table(generated)]` (the server fills it in: never written), `#[table(sql = "mood")]` (the type's name in
/// SQL, where the Rust type is no [`SqlType`](super::SqlType)), and the attributes of
/// [`FromRow`](derive@crate::FromRow): `column`, `json`, `skip`.
///
/// A field may be left out of the struct when its column has a default: then this struct writes rows without it.
pub trait Table: Sized + Send + Sync + 'static {
    /// The schema; `None` leaves it to the search path.
    const SCHEMA: Option<&'static str>;
    /// The table's name.
    const NAME: &'static str;
    /// The tenant column.
    const TENANT: &'static str;
    /// The columns that tell the rows of one tenant apart.
    const KEY: &'static [&'static str];
    /// The column that says when a row was softly deleted.
    const SOFT_DELETE: Option<&'static str>;
    /// The column that counts a row's changes.
    const VERSION: Option<&'static str>;
    /// The columns, in the order of the fields.
    const COLUMNS: &'static [ColumnInfo];

    /// The value of the column at a position, ready to be bound.
    #[doc(hidden)]
    fn value(row: &Self, position: usize) -> Option<Bound<'_>>;

    /// The values of the column at a position of many rows, as one array.
    #[doc(hidden)]
    fn values(rows: &[Self], position: usize) -> Option<Bound<'_>>;

    /// The first value that can't be sent, with its column.
    #[doc(hidden)]
    fn flaw(&self) -> Option<(&'static str, Flaw)>;

    /// Whether the row names this tenant; `None` where the struct has no field for it.
    #[doc(hidden)]
    fn belongs_to(&self, tenant: &TenantId) -> Option<bool>;
}

/// A table whose rows are softly deleted: `soft_delete = "..."` makes a struct one.
///
/// ```
/// # use freehold_tenancy_ground::PlainNote as Note;
/// use freehold_tenancy::query::SoftDelete;
///
/// fn marked_in<T: SoftDelete>() -> Option<&'static str> {
///     T::SOFT_DELETE
/// }
///
/// assert_eq!(marked_in::<Note>(), Some("deleted_at"));
/// ```
pub trait SoftDelete: Table {}
