//! Names of database objects, and the one way to quote them.

use std::fmt;

/// Quotes an identifier for use inside SQL: always in double quotes, embedded quotes doubled.
///
/// Always quoting is safe for every name, keyword or not (PostgreSQL manual, 4.1.1 "Identifiers and Key Words").
/// A NUL byte cannot occur in a PostgreSQL identifier and is dropped.
///
/// ```
/// assert_eq!(freehold_model::name::quote_identifier("odd \"name\""), "\"odd \"\"name\"\"\"");
/// ```
pub fn quote_identifier(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for character in name.chars() {
        match character {
            '\0' => {}
            '"' => quoted.push_str("\"\""),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Quotes a string as a literal, in the `E''` form when it holds a backslash so that it means the same whatever
/// `standard_conforming_strings` says. Only for text that is shown or pasted; values that are sent are bound.
///
/// ```
/// assert_eq!(freehold_model::name::quote_literal("it's"), "'it''s'");
/// assert_eq!(freehold_model::name::quote_literal(r"a\b"), r"E'a\\b'");
/// ```
pub fn quote_literal(value: &str) -> String {
    let escaped = value.replace('\0', "").replace('\'', "''");
    if escaped.contains('\\') {
        format!("E'{}'", escaped.replace('\\', "\\\\"))
    } else {
        format!("'{escaped}'")
    }
}

/// True when PostgreSQL would read the bare name back as itself: lower case, digits, `_`, `$`, not starting with
/// a digit, and no reserved word. Used for display only.
pub fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
    first
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$')
        && !RESERVED.contains(&name)
}

/// Reserved key words of PostgreSQL 18 (appendix C, those that are "reserved" for a table or column name).
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// The name of an object inside a schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The schema as the server knows it, unquoted.
    pub schema: String,
    /// The object's own name, unquoted.
    pub name: String,
}

impl QualifiedName {
    /// Joins a schema and a name, both unquoted.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// Both parts quoted, for use inside SQL.
    pub fn quoted(&self) -> String {
        format!("{}.{}", quote_identifier(&self.schema), quote_identifier(&self.name))
    }
}

/// For people: `public` is left out, and a part is quoted only when it must be.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.schema != "public" {
            write_plain(f, &self.schema)?;
            f.write_str(".")?;
        }
        write_plain(f, &self.name)
    }
}

fn write_plain(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name) { f.write_str(name) } else { f.write_str(&quote_identifier(name)) }
}

/// One name for people: bare when PostgreSQL reads it back as itself, else quoted.
pub fn display_identifier(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { quote_identifier(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_shown_bare_only_when_they_read_back_as_themselves() {
        assert_eq!(QualifiedName::new("public", "users").to_string(), "users");
        assert_eq!(QualifiedName::new("public", "user").to_string(), "\"user\"");
        assert_eq!(QualifiedName::new("app", "Users").to_string(), "app.\"Users\"");
        assert_eq!(QualifiedName::new("public", "1st").to_string(), "\"1st\"");
    }

    proptest! {
        #[test]
        fn a_quoted_identifier_never_ends_early(name in "[^\0]{0,40}") {
            let quoted = quote_identifier(&name);
            let inner = &quoted[1..quoted.len() - 1];
            prop_assert_eq!(inner.replace("\"\"", ""), name.replace('"', ""));
            prop_assert_eq!(inner.matches('"').count() % 2, 0);
        }
    }
}
