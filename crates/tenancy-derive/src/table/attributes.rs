//! `#[table(...)]`, on the struct and on its fields.

use proc_macro2::Span;
use syn::{DeriveInput, Error, Field, Ident, LitStr, Token, parenthesized, punctuated::Punctuated};

use crate::field::checked_name;

/// What is said about the table.
pub(crate) struct OnTable {
    pub(crate) schema: Option<LitStr>,
    pub(crate) name: LitStr,
    pub(crate) tenant: LitStr,
    pub(crate) key: Vec<Ident>,
    pub(crate) soft_delete: Option<LitStr>,
    pub(crate) version: Option<Ident>,
}

impl OnTable {
    pub(crate) fn of(input: &DeriveInput) -> Result<Self, Error> {
        let (mut schema, mut name, mut tenant, mut soft_delete) = (None, None, None, None);
        let (mut key, mut version) = (Vec::new(), None);
        for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("table")) {
            attribute.parse_nested_meta(|meta| {
                let text = || meta.value().and_then(|value| checked_name(value.parse()?)).map(Some);
                if meta.path.is_ident("name") {
                    name = text()?;
                } else if meta.path.is_ident("schema") {
                    schema = text()?;
                } else if meta.path.is_ident("tenant") {
                    tenant = text()?;
                } else if meta.path.is_ident("soft_delete") {
                    soft_delete = text()?;
                } else if meta.path.is_ident("key") {
                    let inside;
                    parenthesized!(inside in meta.input);
                    key = Punctuated::<Ident, Token![,]>::parse_terminated(&inside)?.into_iter().collect();
                } else if meta.path.is_ident("version") {
                    let inside;
                    parenthesized!(inside in meta.input);
                    version = Some(inside.parse()?);
                } else {
                    let known =
                        "known are schema, name, tenant, soft_delete = \"...\", key(...) and version(...)";
                    return Err(meta.error(known));
                }
                Ok(())
            })?;
        }
        let Some(name) = name else {
            let why = "say which table: #[table(name = \"...\", key(...))]";
            return Err(Error::new_spanned(&input.ident, why));
        };
        if key.is_empty() {
            return Err(Error::new(name.span(), "say which fields are its key: key(id)"));
        }
        let tenant = tenant.unwrap_or_else(|| LitStr::new("tenant_id", Span::call_site()));
        Ok(Self { schema, name, tenant, key, soft_delete, version })
    }
}

/// What is said about a column.
#[derive(Default)]
pub(crate) struct OnField {
    pub(crate) generated: bool,
    pub(crate) sql: Option<LitStr>,
}

impl OnField {
    pub(crate) fn of(field: &Field) -> Result<Self, Error> {
        let mut told = Self::default();
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("table")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("generated") {
                    told.generated = true;
                } else if meta.path.is_ident("sql") {
                    told.sql = Some(sql_name(meta.value()?.parse()?)?);
                } else {
                    return Err(meta.error("known are generated and sql = \"...\""));
                }
                Ok(())
            })?;
        }
        Ok(told)
    }
}

/// A type's name: letters, digits, underscores, spaces, dots, quotes and a length in brackets, nothing that ends it.
fn sql_name(name: LitStr) -> Result<LitStr, Error> {
    let text = name.value();
    let fits = |c: char| c.is_ascii_alphanumeric() || "_ .,()\"".contains(c);
    if text.trim().is_empty() || !text.chars().all(fits) {
        return Err(Error::new(name.span(), "the name of a type, such as \"numeric(12,2)\" or \"app.mood\""));
    }
    Ok(name)
}
