//! Macros of freehold-tenancy: rows to structs, tables as structs, folders of migrations to values.

use proc_macro::TokenStream;

mod field;
mod from_row;
mod migrate;
mod record;
mod table;

/// Reads a row into a struct; see `freehold_tenancy::FromRow`.
#[proc_macro_derive(FromRow, attributes(from_row))]
pub fn from_row(input: TokenStream) -> TokenStream {
    from_row::derive(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Describes a table by a struct, with one typed column for each field; see `freehold_tenancy::query::Table`.
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
#[proc_macro_derive(Record, attributes(record))]
pub fn record(input: TokenStream) -> TokenStream {
    record::derive(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
