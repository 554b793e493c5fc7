//! Macros of freehold-tenancy: rows to structs, folders of migrations to values.

use proc_macro::TokenStream;

mod from_row;
mod migrate;

/// Reads a row into a struct; see `freehold_tenancy::FromRow`.
#[proc_macro_derive(FromRow, attributes(from_row))]
pub fn from_row(input: TokenStream) -> TokenStream {
    from_row::derive(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Embeds a folder of migrations; see `freehold_tenancy::migrate`.
#[proc_macro]
pub fn migrate(input: TokenStream) -> TokenStream {
    migrate::embed(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
