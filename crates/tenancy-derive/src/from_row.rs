//! `#[derive(FromRow)]`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Field, Fields, Generics, Type, WherePredicate, parse_quote};

use crate::field::{Naming, Reading, optional, span_of};

pub(crate) fn derive(input: TokenStream) -> Result<TokenStream, Error> {
    let mut input: DeriveInput = syn::parse2(input)?;
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "FromRow is derived for structs"));
    };
    if let Some(lifetime) = input.generics.lifetimes().next() {
        return Err(Error::new_spanned(lifetime, "a struct that is read from a row owns its values"));
    }
    let naming = Naming::of(&input.attrs)?;
    let mut needs = Vec::new();
    let built = match &data.fields {
        Fields::Named(fields) => {
            let mut read = Vec::new();
            for field in &fields.named {
                read.push(named(field, naming, &input.generics, &mut needs)?);
            }
            quote!(Self { #(#read),* })
        }
        Fields::Unnamed(fields) => {
            let mut read = Vec::new();
            for (at, field) in fields.unnamed.iter().enumerate() {
                if let Some(attribute) = field.attrs.iter().find(|found| found.path().is_ident("from_row")) {
                    let why = "fields without names take the columns by position";
                    return Err(Error::new_spanned(attribute, why));
                }
                let ty = &field.ty;
                need(&input.generics, ty, &mut needs, || parse_quote!(#ty: ::freehold_tenancy::FromSqlOwned));
                read.push(quote_spanned!(span_of(ty)=> row.get::<#ty>(#at)?));
            }
            quote!(Self(#(#read),*))
        }
        Fields::Unit => {
            return Err(Error::new_spanned(&input.ident, "a struct without fields holds no row"));
        }
    };
    if !needs.is_empty() {
        input.generics.make_where_clause().predicates.extend(needs);
    }
    let (name, (generics, arguments, clause)) = (&input.ident, input.generics.split_for_impl());
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::freehold_tenancy::FromRow for #name #arguments #clause {
            fn from_row(row: &::freehold_tenancy::Row) -> ::core::result::Result<Self, ::freehold_tenancy::Error> {
                ::core::result::Result::Ok(#built)
            }
        }
    })
}

fn named(
    field: &Field,
    naming: Naming,
    generics: &Generics,
    needs: &mut Vec<WherePredicate>,
) -> Result<TokenStream, Error> {
    let Some(name) = &field.ident else { return Err(Error::new_spanned(field, "this field has no name")) };
    let reading = Reading::of(field)?;
    let (ty, span) = (&field.ty, span_of(&field.ty));
    if reading.skip {
        need(generics, ty, needs, || parse_quote!(#ty: ::core::default::Default));
        return Ok(quote_spanned!(span=> #name: ::core::default::Default::default()));
    }
    if reading.flatten {
        need(generics, ty, needs, || parse_quote!(#ty: ::freehold_tenancy::FromRow));
        return Ok(quote_spanned!(span=> #name: <#ty as ::freehold_tenancy::FromRow>::from_row(row)?));
    }
    let column = reading.column_of(name, naming)?;
    let value = if reading.json {
        let inner = optional(ty);
        let held = inner.unwrap_or(ty);
        need(
            generics,
            ty,
            needs,
            || parse_quote!(::freehold_tenancy::Json<#held>: ::freehold_tenancy::FromSqlOwned),
        );
        if inner.is_some() {
            quote_spanned!(span=> row
                .get::<::core::option::Option<::freehold_tenancy::Json<#held>>>(#column)?
                .map(|json| json.0))
        } else {
            quote_spanned!(span=> row.get::<::freehold_tenancy::Json<#ty>>(#column)?.0)
        }
    } else {
        need(generics, ty, needs, || parse_quote!(#ty: ::freehold_tenancy::FromSqlOwned));
        quote_spanned!(span=> row.get::<#ty>(#column)?)
    };
    if reading.default {
        need(generics, ty, needs, || parse_quote!(#ty: ::core::default::Default));
        let otherwise = quote_spanned!(span=> ::core::default::Default::default());
        return Ok(quote!(#name: if row.has(#column) { #value } else { #otherwise }));
    }
    Ok(quote!(#name: #value))
}

/// Notes what the type of a field needs, if it depends on a parameter of the struct.
fn need(
    generics: &Generics,
    ty: &Type,
    needs: &mut Vec<WherePredicate>,
    predicate: impl FnOnce() -> WherePredicate,
) {
    fn depends(tokens: TokenStream, generics: &Generics) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(name) => generics.type_params().any(|parameter| parameter.ident == name),
            TokenTree::Group(group) => depends(group.stream(), generics),
            _ => false,
        })
    }
    if depends(ty.to_token_stream(), generics) {
        needs.push(predicate());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: TokenStream) -> String {
        derive(input).unwrap_err().to_string()
    }

    #[test]
    fn what_holds_no_row_is_refused_with_the_reason() {
        assert_eq!(
            refusal(quote!(
                enum E {
                    A,
                }
            )),
            "FromRow is derived for structs"
        );
        assert_eq!(
            refusal(quote!(
                struct U;
            )),
            "a struct without fields holds no row"
        );
        assert_eq!(
            refusal(quote!(
                struct L<'a> {
                    name: &'a str,
                }
            )),
            "a struct that is read from a row owns its values"
        );
    }

    #[test]
    fn an_unknown_attribute_names_the_known_ones() {
        let text = refusal(quote!(
            struct S {
                #[from_row(colum = "x")]
                a: i64,
            }
        ));
        assert_eq!(text, "known are column = \"...\", json, default, flatten and skip");
        let text = refusal(quote!(
            #[from_row(rename_all = "kebab")]
            struct S {
                a: i64,
            }
        ));
        assert!(text.starts_with("known are snake_case"), "{text}");
    }

    #[test]
    fn parameters_of_the_struct_are_bound_where_fields_use_them() {
        let built = derive(quote!(
            struct S<T, U> {
                a: Vec<T>,
                #[from_row(flatten)]
                b: U,
                c: i64,
            }
        ));
        let text = built.unwrap().to_string();
        assert!(text.contains("Vec < T > : :: freehold_tenancy :: FromSqlOwned"), "{text}");
        assert!(text.contains("U : :: freehold_tenancy :: FromRow"), "{text}");
        assert!(!text.contains("i64 : "), "{text}");
    }
}
