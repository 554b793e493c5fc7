//! What a field says about its column: its name, and how it is read.

use syn::{Attribute, Error, Field, GenericArgument, Ident, LitStr, PathArguments, Type, spanned::Spanned};

/// How one field is read.
#[derive(Default)]
pub(crate) struct Reading {
    pub(crate) column: Option<LitStr>,
    pub(crate) json: bool,
    pub(crate) default: bool,
    pub(crate) flatten: bool,
    pub(crate) skip: bool,
}

/// How names of fields become names of columns.
#[derive(Clone, Copy, Default)]
pub(crate) enum Naming {
    #[default]
    AsIs,
    Camel,
    Pascal,
    Screaming,
}

impl Naming {
    /// From `#[from_row(rename_all = "...")]` on the struct.
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self, Error> {
        let mut naming = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("from_row")) {
            attribute.parse_nested_meta(|meta| {
                if !meta.path.is_ident("rename_all") {
                    return Err(meta.error("known on a struct is rename_all = \"...\""));
                }
                let style: LitStr = meta.value()?.parse()?;
                naming = match style.value().as_str() {
                    "snake_case" => Self::AsIs,
                    "camelCase" => Self::Camel,
                    "PascalCase" => Self::Pascal,
                    "SCREAMING_SNAKE_CASE" => Self::Screaming,
                    _ => {
                        let known = "known are snake_case, camelCase, PascalCase and SCREAMING_SNAKE_CASE";
                        return Err(Error::new(style.span(), known));
                    }
                };
                Ok(())
            })?;
        }
        Ok(naming)
    }

    fn apply(self, field: &str) -> String {
        let capital = |word: &str| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        };
        match self {
            Self::AsIs => field.to_owned(),
            Self::Screaming => field.to_uppercase(),
            Self::Pascal => field.split('_').map(capital).collect::<Vec<String>>().concat(),
            Self::Camel => {
                let words = field.split('_').enumerate();
                words.map(|(at, word)| if at == 0 { word.to_owned() } else { capital(word) }).collect()
            }
        }
    }
}

impl Reading {
    /// From `#[from_row(...)]` on the field.
    pub(crate) fn of(field: &Field) -> Result<Self, Error> {
        let mut reading = Self::default();
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("from_row")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("column") {
                    reading.column = Some(checked_name(meta.value()?.parse()?)?);
                } else if meta.path.is_ident("json") {
                    reading.json = true;
                } else if meta.path.is_ident("default") {
                    reading.default = true;
                } else if meta.path.is_ident("flatten") {
                    reading.flatten = true;
                } else if meta.path.is_ident("skip") {
                    reading.skip = true;
                } else {
                    return Err(meta.error("known are column = \"...\", json, default, flatten and skip"));
                }
                Ok(())
            })?;
            let alone = reading.flatten || reading.skip;
            if alone && (reading.json || reading.column.is_some() || (reading.flatten && reading.default)) {
                return Err(Error::new_spanned(
                    attribute,
                    "flatten and skip stand alone: they name no column",
                ));
            }
        }
        Ok(reading)
    }

    /// The name of the column that the field takes.
    pub(crate) fn column_of(&self, name: &Ident, naming: Naming) -> Result<LitStr, Error> {
        match &self.column {
            Some(column) => Ok(column.clone()),
            None => checked_name(LitStr::new(&naming.apply(&plain(name)), name.span())),
        }
    }
}

/// The name of a field without `r#`.
pub(crate) fn plain(name: &Ident) -> String {
    let text = name.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// A name that PostgreSQL takes as it stands.
pub(crate) fn checked_name(name: LitStr) -> Result<LitStr, Error> {
    let text = name.value();
    if text.is_empty() || text.len() > 63 || text.contains('\0') {
        return Err(Error::new(name.span(), "a name has 1 to 63 bytes and no NUL"));
    }
    Ok(name)
}

/// What is in an `Option`, where a type is written as one.
pub(crate) fn optional(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if last.ident == "Option" && arguments.args.len() == 1 => {
            Some(inner)
        }
        _ => None,
    }
}

/// Where errors about a field's type point to.
pub(crate) fn span_of(ty: &Type) -> proc_macro2::Span {
    ty.span()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn names_follow_the_style_of_the_struct() {
        assert_eq!(Naming::AsIs.apply("created_at"), "created_at");
        assert_eq!(Naming::Camel.apply("created_at"), "createdAt");
        assert_eq!(Naming::Pascal.apply("created_at"), "CreatedAt");
        assert_eq!(Naming::Screaming.apply("created_at"), "CREATED_AT");
    }

    #[test]
    fn only_an_option_is_optional() {
        assert!(optional(&parse_quote!(Option<i64>)).is_some());
        assert!(optional(&parse_quote!(std::option::Option<Vec<u8>>)).is_some());
        assert!(optional(&parse_quote!(Vec<Option<i64>>)).is_none());
        assert!(optional(&parse_quote!(i64)).is_none());
    }

    #[test]
    fn a_name_that_postgresql_would_cut_off_is_refused() {
        let of = |text: &str| checked_name(LitStr::new(text, proc_macro2::Span::call_site()));
        assert!(of(&"a".repeat(63)).is_ok());
        assert!(of(&"a".repeat(64)).is_err());
        assert!(of("").is_err());
    }
}
