//! Derives of freehold-tenancy: rows to structs.

use proc_macro::TokenStream;

mod from_row;

/// Reads a row into a struct; see `freehold_tenancy::FromRow`.
#[proc_macro_derive(FromRow, attributes(from_row))]
pub fn from_row(input: TokenStream) -> TokenStream {
    from_row::derive(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
