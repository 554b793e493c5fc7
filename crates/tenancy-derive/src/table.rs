//! `#[derive(Table)]`.

mod attributes;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Type};

use crate::field::{Naming, Reading, optional, plain, span_of};
use attributes::{OnField, OnTable};

/// One column, as a field describes it.
struct Column<'d> {
    field: &'d Ident,
    name: LitStr,
    ty: &'d Type,
    nullable: bool,
    json: bool,
    generated: bool,
    sql: Option<LitStr>,
}

pub(crate) fn derive(input: TokenStream) -> Result<TokenStream, Error> {
    let input: DeriveInput = syn::parse2(input)?;
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "Table is derived for structs"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(&input.ident, "the fields of a table have names"));
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "a table has no generic parameters"));
    }
    let table = OnTable::of(&input)?;
    let naming = Naming::of(&input.attrs)?;
    let mut columns = Vec::new();
    for field in &fields.named {
        columns.extend(column(field, naming)?);
    }
    let consts = columns.iter().map(|column| constant(&input, column)).collect::<Vec<_>>();
    let described = description(&input.ident, &table, &columns)?;
    let name = &input.ident;
    Ok(quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "not every column is asked for")]
        impl #name { #(#consts)* }
        #described
    })
}

fn column(field: &syn::Field, naming: Naming) -> Result<Option<Column<'_>>, Error> {
    let Some(name) = &field.ident else { return Err(Error::new_spanned(field, "this field has no name")) };
    let (reading, told) = (Reading::of(field)?, OnField::of(field)?);
    if reading.flatten {
        return Err(Error::new_spanned(
            field,
            "a table has its columns itself: flatten is for FromRow alone",
        ));
    }
    if reading.skip {
        return Ok(None);
    }
    let inner = optional(&field.ty);
    Ok(Some(Column {
        field: name,
        name: reading.column_of(name, naming)?,
        ty: inner.unwrap_or(&field.ty),
        nullable: inner.is_some(),
        json: reading.json,
        generated: told.generated,
        sql: told.sql,
    }))
}

impl Column<'_> {
    /// The type of the column's values.
    fn value_type(&self) -> TokenStream {
        let ty = self.ty;
        if self.json { quote!(::freehold_tenancy::Json<#ty>) } else { quote!(#ty) }
    }

    /// SQL's name of the type, whether it is an array, and what finds flaws in a value.
    fn sql_type(&self) -> (TokenStream, TokenStream, TokenStream) {
        let (value, span) = (self.value_type(), span_of(self.ty));
        match &self.sql {
            Some(sql) => (quote!(#sql), quote!(false), quote!(::freehold_tenancy::query::flawless)),
            None => (
                quote_spanned!(span=> <#value as ::freehold_tenancy::query::SqlType>::SQL),
                quote_spanned!(span=> <#value as ::freehold_tenancy::query::SqlType>::ARRAY),
                quote_spanned!(span=> <#value as ::freehold_tenancy::query::SqlType>::flaw),
            ),
        }
    }

    /// The value in `row`, as it is bound.
    fn bound(&self) -> TokenStream {
        let field = self.field;
        match (self.json, self.nullable) {
            (false, _) => quote!(&row.#field),
            (true, false) => quote!(::freehold_tenancy::Json(&row.#field)),
            (true, true) => quote!(row.#field.as_ref().map(::freehold_tenancy::Json)),
        }
    }

    /// What is wrong with the value in `self`.
    fn flaw(&self) -> TokenStream {
        let (field, name, (_, _, flaw)) = (self.field, &self.name, self.sql_type());
        let found = match (self.json, self.nullable) {
            (false, false) => quote!(#flaw(&self.#field)),
            (false, true) => quote!(self.#field.as_ref().and_then(#flaw)),
            (true, false) => quote!(::freehold_tenancy::query::flaw_of_json(&self.#field)),
            (true, true) => {
                quote!(self.#field.as_ref().and_then(::freehold_tenancy::query::flaw_of_json))
            }
        };
        quote!(if let ::core::option::Option::Some(flaw) = #found {
            return ::core::option::Option::Some((#name, flaw));
        })
    }
}

fn constant(input: &DeriveInput, column: &Column<'_>) -> TokenStream {
    let (table, visible) = (&input.ident, &input.vis);
    let constant = format_ident!("{}", plain(column.field).to_uppercase(), span = column.field.span());
    let (name, nullable, value) = (&column.name, column.nullable, column.value_type());
    let (_, _, flaw) = column.sql_type();
    let text = format!("The column `{}`.", column.name.value());
    quote! {
        #[doc = #text]
        #visible const #constant: ::freehold_tenancy::query::Column<#table, #value> =
            ::freehold_tenancy::query::Column::new(#name, #nullable, #flaw);
    }
}

fn description(name: &Ident, table: &OnTable, columns: &[Column<'_>]) -> Result<TokenStream, Error> {
    let key = table.key.iter().map(|key| named(columns, key, false)).collect::<Result<Vec<_>, _>>()?;
    let version = table.version.as_ref().map(|version| named(columns, version, false)).transpose()?;
    let (schema, tenant, soft) =
        (option(table.schema.as_ref()), &table.tenant, option(table.soft_delete.as_ref()));
    let (version, table_name) = (option(version.as_ref()), &table.name);
    let infos = columns.iter().map(|column| {
        let ((sql, array, _), name) = (column.sql_type(), &column.name);
        let (nullable, generated) = (column.nullable, column.generated);
        quote!(::freehold_tenancy::query::ColumnInfo {
            name: #name, sql: #sql, array: #array, nullable: #nullable, generated: #generated
        })
    });
    let at = 0..columns.len();
    let single = columns.iter().zip(at.clone()).map(|(column, at)| {
        let bound = column.bound();
        quote!(#at => ::core::option::Option::Some(::std::sync::Arc::new(#bound)))
    });
    let many = columns.iter().zip(at).map(|(column, at)| {
        let bound = column.bound();
        quote!(#at => ::core::option::Option::Some(::std::sync::Arc::new(
            rows.iter().map(|row| #bound).collect::<::std::vec::Vec<_>>()
        )))
    });
    let flaws = columns.iter().map(Column::flaw);
    let belongs = columns.iter().find(|column| column.name.value() == tenant.value()).map(|column| {
        let field = column.field;
        quote_spanned!(span_of(column.ty)=> ::core::option::Option::Some(
            ::freehold_tenancy::query::NamesTenant::names(&self.#field, tenant)
        ))
    });
    let belongs = belongs.unwrap_or_else(|| {
        quote!({
            let _ = tenant;
            ::core::option::Option::None
        })
    });
    let soft_delete = table
        .soft_delete
        .as_ref()
        .map(|_| quote!(#[automatically_derived] impl ::freehold_tenancy::query::SoftDelete for #name {}));
    Ok(quote! {
        #[automatically_derived]
        impl ::freehold_tenancy::query::Table for #name {
            const SCHEMA: ::core::option::Option<&'static str> = #schema;
            const NAME: &'static str = #table_name;
            const TENANT: &'static str = #tenant;
            const KEY: &'static [&'static str] = &[#(#key),*];
            const SOFT_DELETE: ::core::option::Option<&'static str> = #soft;
            const VERSION: ::core::option::Option<&'static str> = #version;
            const COLUMNS: &'static [::freehold_tenancy::query::ColumnInfo] = &[#(#infos),*];
            fn value(row: &Self, position: usize) -> ::core::option::Option<::freehold_tenancy::query::Bound<'_>> {
                match position { #(#single,)* _ => ::core::option::Option::None }
            }
            fn values(rows: &[Self], position: usize) -> ::core::option::Option<::freehold_tenancy::query::Bound<'_>> {
                match position { #(#many,)* _ => ::core::option::Option::None }
            }
            fn flaw(&self) -> ::core::option::Option<(&'static str, ::freehold_tenancy::query::Flaw)> {
                #(#flaws)*
                ::core::option::Option::None
            }
            fn belongs_to(&self, tenant: &::freehold_tenancy::TenantId) -> ::core::option::Option<bool> {
                #belongs
            }
        }
        #soft_delete
    })
}

fn option(text: Option<&LitStr>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

/// The name of the column of a field.
fn named(columns: &[Column<'_>], field: &Ident, nullable: bool) -> Result<LitStr, Error> {
    let Some(column) = columns.iter().find(|column| column.field == field) else {
        return Err(Error::new_spanned(field, format!("there is no field {field} with a column")));
    };
    if column.nullable && !nullable {
        return Err(Error::new_spanned(
            field,
            format!("{field} may be NULL, which a key or version may not"),
        ));
    }
    Ok(column.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(input: TokenStream) -> String {
        derive(input).unwrap_err().to_string()
    }

    #[test]
    fn a_table_has_a_column_for_each_field() {
        let built = derive(quote!(
            #[table(name = "notes", key(id), soft_delete = "deleted_at")]
            pub struct Note {
                id: i64,
                #[from_row(column = "body")]
                r#type: Option<String>,
            }
        ));
        let text = built.unwrap().to_string();
        assert!(
            text.contains("pub const ID : :: freehold_tenancy :: query :: Column < Note , i64 >"),
            "{text}"
        );
        assert!(text.contains("pub const TYPE : :: freehold_tenancy :: query :: Column < Note , String >"));
        assert!(text.contains("new (\"body\" , true ,"), "{text}");
        assert!(text.contains("SoftDelete for Note"), "{text}");
        assert!(text.contains("const TENANT : & 'static str = \"tenant_id\""), "{text}");
    }

    #[test]
    fn a_table_that_cannot_be_is_refused_with_the_reason() {
        let cases = [
            (
                quote!(
                    struct N {
                        id: i64,
                    }
                ),
                "say which table: #[table(name = \"...\", key(...))]",
            ),
            (
                quote!(
                    #[table(name = "n")]
                    struct N {
                        id: i64,
                    }
                ),
                "say which fields are its key: key(id)",
            ),
            (
                quote!(
                    #[table(name = "n", key(ix))]
                    struct N {
                        id: i64,
                    }
                ),
                "there is no field ix with a column",
            ),
            (
                quote!(
                    #[table(name = "n", key(id))]
                    struct N {
                        id: Option<i64>,
                    }
                ),
                "id may be NULL, which a key or version may not",
            ),
            (
                quote!(
                    #[table(name = "n", key(id))]
                    struct N<T> {
                        id: T,
                    }
                ),
                "a table has no generic parameters",
            ),
            (
                quote!(
                    #[table(name = "", key(id))]
                    struct N {
                        id: i64,
                    }
                ),
                "a name has 1 to 63 bytes and no NUL",
            ),
            (
                quote!(
                    #[table(name = "n", key(id))]
                    struct N {
                        #[from_row(flatten)]
                        id: Other,
                    }
                ),
                "a table has its columns itself: flatten is for FromRow alone",
            ),
        ];
        for (input, why) in cases {
            assert_eq!(refusal(input), why);
        }
    }
}
