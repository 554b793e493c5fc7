//! `#[derive(FromRow)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, LitStr, parse_quote};

/// How one field is read.
#[derive(Default)]
struct Reading {
    column: Option<LitStr>,
    json: bool,
    default: bool,
    flatten: bool,
}

pub(crate) fn derive(input: TokenStream) -> Result<TokenStream, Error> {
    let input: DeriveInput = syn::parse2(input)?;
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "FromRow is derived for structs"));
    };
    let (name, (generics, arguments, clause)) = (&input.ident, input.generics.split_for_impl());
    let built = match &data.fields {
        Fields::Named(fields) => {
            let fields = fields.named.iter().map(named).collect::<Result<Vec<_>, _>>()?;
            quote!(Self { #(#fields),* })
        }
        Fields::Unnamed(fields) => {
            let fields = fields.unnamed.iter().enumerate().map(|(at, field)| {
                let ty = &field.ty;
                quote!(row.get::<#ty>(#at)?)
            });
            quote!(Self(#(#fields),*))
        }
        Fields::Unit => return Err(Error::new_spanned(name, "a struct without fields holds no row")),
    };
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::freehold_tenancy::FromRow for #name #arguments #clause {
            fn from_row(row: &::freehold_tenancy::Row) -> ::core::result::Result<Self, ::freehold_tenancy::Error> {
                ::core::result::Result::Ok(#built)
            }
        }
    })
}

fn named(field: &Field) -> Result<TokenStream, Error> {
    let Some(name) = &field.ident else { return Err(Error::new_spanned(field, "this field has no name")) };
    let reading = reading(field)?;
    let ty = &field.ty;
    let plain = name.to_string();
    let column = reading.column.unwrap_or_else(|| LitStr::new(plain.trim_start_matches("r#"), name.span()));
    let value = if reading.flatten {
        quote!(<#ty as ::freehold_tenancy::FromRow>::from_row(row)?)
    } else if reading.json {
        quote!(row.get::<::freehold_tenancy::Json<#ty>>(#column)?.0)
    } else {
        quote!(row.get::<#ty>(#column)?)
    };
    if reading.default {
        let known: syn::Expr = parse_quote!(row.has(#column));
        return Ok(quote!(#name: if #known { #value } else { ::core::default::Default::default() }));
    }
    Ok(quote!(#name: #value))
}

fn reading(field: &Field) -> Result<Reading, Error> {
    let mut reading = Reading::default();
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("from_row")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("column") {
                reading.column = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("json") {
                reading.json = true;
            } else if meta.path.is_ident("default") {
                reading.default = true;
            } else if meta.path.is_ident("flatten") {
                reading.flatten = true;
            } else {
                return Err(meta.error("known are column = \"...\", json, default and flatten"));
            }
            Ok(())
        })?;
    }
    Ok(reading)
}
