//! Primary keys that a script takes away, for the rule that looks at its end whether they are back.

use freehold_model::{catalog::ObjectKind, name::QualifiedName, place::Span};
use freehold_sql::Action;

use super::{Change, changes};
use crate::{context::Context, state::Known};

/// A primary key that a statement takes away.
#[derive(Debug, Clone)]
pub(crate) struct DroppedKey {
    /// Its table.
    pub(crate) table: QualifiedName,
    /// Its name.
    pub(crate) name: String,
    /// Its columns; empty when the table is not known and only the name tells.
    pub(crate) columns: Vec<String>,
    /// The tables with a foreign key to it.
    pub(crate) referencing: Vec<QualifiedName>,
    /// The table was known.
    pub(crate) known: bool,
    /// The statement.
    pub(crate) statement: usize,
    /// Its bytes.
    pub(crate) span: Span,
}

/// The primary keys of tables that were there which the statement takes away; not those that a down's up had made.
pub(crate) fn dropped(context: &Context<'_>) -> Vec<DroppedKey> {
    let drops = |action: &Action| matches!(action, Action::DropConstraint { .. });
    if !context.script.wanted || !context.statement.effect.actions.iter().any(drops) {
        return Vec::new();
    }
    let mut keys = Vec::new();
    for change in changes(context) {
        let Action::DropConstraint { name, .. } = change.action else { continue };
        let Some(columns) = columns_of_key(&change, name) else { continue };
        if is_taken_back(context, &change, name) {
            continue;
        }
        keys.push(DroppedKey {
            referencing: referencing(context, &change.table, &columns),
            table: change.table.clone(),
            name: name.clone(),
            columns,
            known: change.known.is_some(),
            statement: context.walk.number,
            span: context.statement.span,
        });
    }
    keys
}

/// The columns of the primary key, if this is its name.
fn columns_of_key(change: &Change<'_>, name: &str) -> Option<Vec<String>> {
    match change.known.and_then(|known| known.relation.primary_key()) {
        Some(key) => (key.name == name).then(|| key.columns.clone()),
        None if change.known.is_some_and(|known| known.whole) => None,
        None => (name == format!("{}_pkey", change.table.name)).then(Vec::new),
    }
}

/// A down takes away what its up has made.
fn is_taken_back(context: &Context<'_>, change: &Change<'_>, name: &str) -> bool {
    let site = change.known.and_then(|known: &Known| known.site_of(ObjectKind::Constraint, name));
    !context.is_up() && site.is_some_and(|site| site.script + 1 == context.script_id)
}

fn referencing(context: &Context<'_>, table: &QualifiedName, columns: &[String]) -> Vec<QualifiedName> {
    let refers = |constraint: &freehold_model::catalog::Constraint| {
        constraint.referenced_table.as_ref() == Some(table) && constraint.referenced_columns == columns
    };
    let known = context.state.referencing(table);
    known
        .filter(|known| known.relation.foreign_keys().any(refers))
        .map(|known| known.relation.name.clone())
        .collect()
}
