//! What an `ALTER COLUMN ... TYPE` asks for, for the rules that judge it.

use freehold_model::name::display_identifier;
use freehold_sql::{
    Action,
    tree::{NodeEnum, protobuf::Node},
};

use crate::{
    alter::{
        Change,
        proof::is_column,
        types::{TypeChange, type_change},
    },
    context::Context,
};

/// A change of a column's type.
pub(super) struct Wanted<'c> {
    /// The column.
    pub(super) column: &'c str,
    /// Its type before, where that is known.
    pub(super) from: Option<String>,
    /// Its type afterwards.
    pub(super) to: String,
    /// Its collation before, where that is known and not the type's own.
    pub(super) collation_before: Option<String>,
    /// What the server has to do for it.
    pub(super) work: TypeChange,
}

/// The change that the action asks for, if it is one of a type.
pub(super) fn wanted<'c>(context: &Context<'_>, change: &Change<'c>) -> Option<Wanted<'c>> {
    let Action::AlterColumnType { column, type_, using } = change.action else { return None };
    let written = change.column_definition().and_then(|definition| definition.type_name.as_ref());
    let to = written.map_or_else(|| type_.clone(), |written| context.state.type_text(written));
    let known = change.known.and_then(|known| known.relation.column(column));
    let from = known.map(|known| known.type_name.clone());
    let expression = change.column_definition().and_then(|definition| definition.raw_default.as_deref());
    let utc = context.walk.settings.get("timezone").and_then(|setting| setting.value.as_deref()).is_some_and(
        |zone| matches!(zone.trim_matches('\'').to_ascii_lowercase().as_str(), "utc" | "gmt" | "etc/utc"),
    );
    let work = match (&from, expression) {
        (_, Some(expression)) if *using && !is_cast(expression, column) => TypeChange::Rewrites,
        (Some(from), _) => type_change(context.state, from, &to, utc),
        (None, _) => TypeChange::Unknown,
    };
    let collation_before = known.and_then(|known| known.collation.clone());
    Some(Wanted { column, from, to, collation_before, work })
}

/// True for the column itself and for casts of it, which are what the server does without `USING`.
fn is_cast(expression: &Node, column: &str) -> bool {
    match expression.node.as_ref() {
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(|arg| is_cast(arg, column)),
        _ => is_column(expression, column),
    }
}

/// The collation that the column has afterwards, where it is not the type's own.
pub(super) fn collation_after(change: &Change<'_>) -> Option<String> {
    let clause = change.column_definition()?.coll_clause.as_ref()?;
    let part = |node: &Node| match node.node.as_ref() {
        Some(NodeEnum::String(name)) => Some(display_identifier(&name.sval)),
        _ => None,
    };
    let parts: Vec<String> = clause.collname.iter().filter_map(part).collect();
    let parts =
        if parts.first().is_some_and(|schema| schema == "pg_catalog") { parts.get(1..)? } else { &parts };
    let name = parts.join(".");
    (name != "\"default\"").then_some(name)
}

/// True when two collations as the catalog, or a statement, writes them have the same name; the schemas are left out,
/// because a statement may leave them out.
pub(super) fn is_same_collation(one: &str, other: &str) -> bool {
    bare(one) == bare(other)
}

fn bare(collation: &str) -> &str {
    match collation.strip_suffix('"') {
        Some(quoted) => quoted.rsplit('"').next().unwrap_or(quoted),
        None => collation.rsplit('.').next().unwrap_or(collation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collations_are_compared_by_their_own_names() {
        assert!(is_same_collation("public.german", "german"));
        assert!(is_same_collation("pg_catalog.\"en_US.utf8\"", "\"en_US.utf8\""));
        assert!(!is_same_collation("\"C\"", "\"POSIX\""));
    }
}
