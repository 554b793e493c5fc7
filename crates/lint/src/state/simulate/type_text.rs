//! Types as `format_type` writes them when nothing but `pg_catalog` is on the search path.

use freehold_sql::tree::protobuf::TypeName;

use super::{State, builtin_types::is_builtin, names::quoted, nodes};

impl State {
    /// The type that a statement writes.
    pub(crate) fn type_text(&self, type_: &TypeName) -> String {
        let parts = nodes::texts(&type_.names);
        let modifiers: Vec<String> = type_.typmods.iter().filter_map(nodes::constant).collect();
        let (name, before) = parts.split_last().map_or(("", &parts[..]), |(n, before)| (n.as_str(), before));
        let bare = match before.last().map(String::as_str) {
            Some("pg_catalog") => builtin(name, &modifiers),
            Some(schema) => with_modifiers(&self.user_type(Some(schema), name), &modifiers),
            None if is_builtin(name) => builtin(name, &modifiers),
            None => with_modifiers(&self.user_type(None, name), &modifiers),
        };
        let array = if type_.array_bounds.is_empty() { "" } else { "[]" };
        format!("{bare}{array}")
    }

    fn user_type(&self, schema: Option<&str>, name: &str) -> String {
        let name = self.resolve_type(schema, name);
        format!("{}.{}", quoted(&name.schema), quoted(&name.name))
    }

    /// The type that a name means: the first on the search path that is known, else one in its first schema.
    pub(super) fn resolve_type(
        &self,
        schema: Option<&str>,
        name: &str,
    ) -> freehold_model::name::QualifiedName {
        let known = |schema: &str| {
            let name = freehold_model::name::QualifiedName::new(schema, name);
            (self.types.contains(&name) || self.relations.contains(&name)).then_some(name)
        };
        match schema {
            Some(schema) => self.new_name(Some(schema), name),
            None => self
                .search_path
                .iter()
                .find_map(|schema| known(schema))
                .unwrap_or_else(|| self.new_name(None, name)),
        }
    }
}

fn with_modifiers(name: &str, modifiers: &[String]) -> String {
    if modifiers.is_empty() { name.to_owned() } else { format!("{name}({})", modifiers.join(",")) }
}

/// The SQL name of a type that the grammar, or the writer, calls by its internal name.
fn builtin(name: &str, modifiers: &[String]) -> String {
    let between = |before: &str, after: &str| format!("{}{after}", with_modifiers(before, modifiers));
    match (name, modifiers) {
        ("int2", _) => "smallint".to_owned(),
        ("int4", _) => "integer".to_owned(),
        ("int8", _) => "bigint".to_owned(),
        ("bool", _) => "boolean".to_owned(),
        ("float4", _) => "real".to_owned(),
        ("float8", _) => "double precision".to_owned(),
        ("varchar", _) => with_modifiers("character varying", modifiers),
        ("bpchar", [_, ..]) => with_modifiers("character", modifiers),
        ("bit", []) => "\"bit\"".to_owned(),
        ("varbit", _) => with_modifiers("bit varying", modifiers),
        ("numeric", [_, _] | []) => with_modifiers("numeric", modifiers),
        ("numeric", [precision]) => format!("numeric({precision},0)"),
        ("timestamptz", _) => between("timestamp", " with time zone"),
        ("timestamp", _) => between("timestamp", " without time zone"),
        ("timetz", _) => between("time", " with time zone"),
        ("time", _) => between("time", " without time zone"),
        ("interval", [mask]) => format!("interval{}", fields(mask)),
        ("interval", [mask, precision]) => format!("interval{}({precision})", fields(mask)),
        ("char", _) => "\"char\"".to_owned(),
        (other, modifiers) => with_modifiers(other, modifiers),
    }
}

/// The fields of an interval, from the mask that the grammar makes of them.
fn fields(mask: &str) -> &'static str {
    const MONTH: u32 = 1 << 1;
    const YEAR: u32 = 1 << 2;
    const DAY: u32 = 1 << 3;
    const HOUR: u32 = 1 << 10;
    const MINUTE: u32 = 1 << 11;
    const SECOND: u32 = 1 << 12;
    let Ok(mask) = mask.parse::<u32>() else { return "" };
    let named = [
        (YEAR, " year"),
        (MONTH, " month"),
        (DAY, " day"),
        (HOUR, " hour"),
        (MINUTE, " minute"),
        (SECOND, " second"),
        (YEAR | MONTH, " year to month"),
        (DAY | HOUR, " day to hour"),
        (DAY | HOUR | MINUTE, " day to minute"),
        (DAY | HOUR | MINUTE | SECOND, " day to second"),
        (HOUR | MINUTE, " hour to minute"),
        (HOUR | MINUTE | SECOND, " hour to second"),
        (MINUTE | SECOND, " minute to second"),
    ];
    named.iter().find(|(fields, _)| *fields == mask).map_or("", |(_, words)| words)
}
