//! `#[derive(Record)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr};

/// How one field is written.
#[derive(Default)]
struct Writing {
    column: Option<LitStr>,
    json: bool,
    skip: bool,
}

pub(crate) fn derive(input: TokenStream) -> Result<TokenStream, Error> {
    let input: DeriveInput = syn::parse2(input)?;
    let (Data::Struct(data), name) = (&input.data, &input.ident) else {
        return Err(Error::new_spanned(&input.ident, "Record is derived for structs"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(name, "Record is derived for structs whose fields have names"));
    };
    let (generics, arguments, clause) = input.generics.split_for_impl();
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for field in &fields.named {
        if let Some((column, value)) = written(field)? {
            columns.push(column);
            values.push(value);
        }
    }
    if columns.is_empty() {
        return Err(Error::new_spanned(name, "a struct without fields is no row"));
    }
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::freehold_tenancy::ingest::Record for #name #arguments #clause {
            const COLUMNS: &'static [&'static str] = &[#(#columns),*];

            fn write(
                &self,
                row: &mut ::freehold_tenancy::ingest::RowWriter<'_>,
            ) -> ::core::result::Result<(), ::freehold_tenancy::ingest::IngestError> {
                #(#values)*
                ::core::result::Result::Ok(())
            }
        }
    })
}

/// The column of a field and the statement that writes it; `None` when it is left out.
fn written(field: &Field) -> Result<Option<(LitStr, TokenStream)>, Error> {
    let Some(name) = &field.ident else { return Err(Error::new_spanned(field, "this field has no name")) };
    let writing = writing(field)?;
    if writing.skip {
        return Ok(None);
    }
    let plain = name.to_string();
    let column = writing.column.unwrap_or_else(|| LitStr::new(plain.trim_start_matches("r#"), name.span()));
    let value = if writing.json {
        quote!(row.value(&::freehold_tenancy::Json(&self.#name))?;)
    } else {
        quote!(row.value(&self.#name)?;)
    };
    Ok(Some((column, value)))
}

fn writing(field: &Field) -> Result<Writing, Error> {
    let mut writing = Writing::default();
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("record")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("column") {
                writing.column = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("json") {
                writing.json = true;
            } else if meta.path.is_ident("skip") {
                writing.skip = true;
            } else {
                return Err(meta.error("known are column = \"...\", json and skip"));
            }
            Ok(())
        })?;
    }
    Ok(writing)
}
