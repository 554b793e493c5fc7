//! Queries of production that still use what a script takes away.

use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    gone::{Gone, Way},
    options::LiveQuery,
};

/// The queries of production that use what goes, the most frequent first.
pub(in crate::rules) fn users<'a>(context: &ScriptContext<'a>, gone: &Gone) -> Vec<&'a LiveQuery> {
    let Some(production) = &context.options.production else { return Vec::new() };
    let column = match gone.kind {
        ObjectKind::Column => gone.part.as_deref(),
        ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable => {
            None
        }
        _ => return Vec::new(),
    };
    let mut found: Vec<&LiveQuery> = production
        .queries
        .iter()
        .filter(|query| query.relations.contains(&gone.name))
        .filter(|query| column.is_none_or(|column| query.columns.iter().any(|name| name == column)))
        .collect();
    found.sort_by_key(|query| std::cmp::Reverse(query.calls));
    found
}

/// True when the rule about live queries tells of it.
pub(in crate::rules) fn is_used(context: &ScriptContext<'_>, gone: &Gone) -> bool {
    let leaves = matches!(gone.way, Way::Dropped { .. } | Way::Renamed(_) | Way::Moved(_));
    leaves && !gone.is_back(context) && !users(context, gone).is_empty()
}
