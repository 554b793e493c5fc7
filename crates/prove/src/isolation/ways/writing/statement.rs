//! Pieces of statements that are made from names and values of rows.

use freehold_model::name::{is_plain, quote_identifier, quote_literal};

/// A value as a literal whose type the server finds out.
pub(in crate::isolation::ways) fn literal(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), quote_literal)
}

/// `a = '1', b = NULL`
pub(in crate::isolation::ways) fn assignments<'a>(
    values: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> String {
    let each =
        values.into_iter().map(|(name, value)| format!("{} = {}", quote_identifier(name), literal(value)));
    each.collect::<Vec<_>>().join(", ")
}

/// A column has a value. Types without equality are compared as text.
pub(super) fn condition(column: &str, type_name: &str, value: Option<&str>) -> String {
    let column = quote_identifier(column);
    let as_text = ["json", "xml", "point", "polygon", "box", "line", "path", "circle"]
        .contains(&type_name.trim_end_matches("[]"));
    match value {
        None => format!("{column} IS NULL"),
        Some(value) if as_text => format!("{column}::text = {}", quote_literal(value)),
        Some(value) => format!("{column} = {}", quote_literal(value)),
    }
}

/// A name occurs in an expression as a word of its own; names that need quotes occur anyhow.
pub(in crate::isolation::ways) fn is_word(text: &str, name: &str) -> bool {
    if !is_plain(name) {
        return text.contains(name);
    }
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '$'))
        .any(|word| word == name)
}
