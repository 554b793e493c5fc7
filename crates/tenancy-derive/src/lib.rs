//! Macros of freehold-tenancy: rows to structs, tables as structs, folders of migrations to values.

use proc_macro::TokenStream;

mod field;
mod from_row;
mod migrate;
mod record;
mod table;

/// Reads a row into a struct; see `freehold_tenancy::FromRow`.
///
/// ```
/// use freehold_tenancy::{Error, FromRow, Row};
///
/// #[derive(FromRow)]
/// #[from_row(rename_all = "camelCase")]
/// struct Person {
///     id: i64,
///     /// From `displayName`, and NULL is `None`.
///     display_name: Option<String>,
///     #[from_row(column = "mail")]
///     address: String,
///     #[from_row(default)]
///     score: f64,
/// }
///
/// fn address(row: &Row) -> Result<String, Error> {
///     row.read::<Person>().map(|person| person.address)
/// }
/// ```
#[proc_macro_derive(FromRow, attributes(from_row))]
pub fn from_row(input: TokenStream) -> TokenStream {
    from_row::derive(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Describes a table by a struct, with one typed column for each field; see `freehold_tenancy::query::Table`.
///
/// ```
/// use freehold_tenancy::{FromRow, query::Table};
///
/// #[derive(FromRow, Table)]
/// #[table(name = "notes", key(id))]
/// struct Note {
///     id: i64,
///     body: Option<String>,
///     #[table(generated)]
///     length: i32,
/// }
///
/// // A constant of each field, from which filters and orders are made:
/// let longest = Note::LENGTH.desc();
/// let about_tea = Note::BODY.contains("tea");
/// # let _ = (longest, about_tea);
/// assert_eq!((Note::NAME, Note::TENANT, Note::KEY), ("notes", "tenant_id", ["id"].as_slice()));
/// assert!(Note::COLUMNS[1].nullable && Note::COLUMNS[2].generated);
/// ```
#[proc_macro_derive(Table, attributes(table, from_row))]
pub fn table(input: TokenStream) -> TokenStream {
    table::derive(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Embeds a folder of migrations; see `freehold_tenancy::migrate`.
#[proc_macro]
pub fn migrate(input: TokenStream) -> TokenStream {
    migrate::embed(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Writes a struct as a row to send; see `freehold_tenancy::ingest::Record`.
///
/// ```
/// use freehold_tenancy::{Record, ingest};
///
/// #[derive(Record)]
/// struct Reading {
///     sensor: i64,
///     #[record(column = "degrees")]
///     celsius: f64,
///     #[record(skip)]
///     shown: bool,
/// }
///
/// assert_eq!(<Reading as ingest::Record>::COLUMNS, ["sensor", "degrees"]);
/// ```
#[proc_macro_derive(Record, attributes(record))]
pub fn record(input: TokenStream) -> TokenStream {
    record::derive(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
