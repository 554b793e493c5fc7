//! What uses a function, a type or a sequence, as far as the state knows.

use freehold_model::{
    catalog::{ConstraintKind, RelationKind, TypeShape},
    name::QualifiedName,
};

use super::hanging::{Fate, Hanging};
use crate::{expression::mentions, state::State};

/// Triggers, policies, views and defaults that call a function.
pub(super) fn on_function(state: &State, name: &QualifiedName) -> Vec<Hanging> {
    let mut found = Vec::new();
    for known in state.relations.values() {
        let table = &known.relation;
        let calls = |text: &str| mentions(text, &name.name) && text.contains('(');
        for trigger in table.triggers.iter().filter(|trigger| trigger.function == *name) {
            found.push(Hanging::part(Fate::Forbids, "trigger", &trigger.name, known));
        }
        for policy in &table.policies {
            let conditions = [policy.using.as_deref(), policy.with_check.as_deref()];
            if conditions.into_iter().flatten().any(calls) {
                found.push(Hanging::part(Fate::Forbids, "policy", &policy.name, known));
            }
        }
        for column in table.columns.iter().filter(|column| column.default.as_deref().is_some_and(calls)) {
            let mut hanging = Hanging::part(Fate::Forbids, "default of column", &column.name, known);
            hanging.default_only = true;
            found.push(hanging);
        }
        for constraint in table.constraints.iter().filter(|constraint| calls(&constraint.definition)) {
            if constraint.kind == ConstraintKind::Check {
                found.push(Hanging::part(Fate::Forbids, "check", &constraint.name, known));
            }
        }
        for index in
            table.indexes.iter().filter(|index| index.columns.iter().any(|key| key.column().is_none()))
        {
            if calls(&index.definition) {
                found.push(Hanging::part(Fate::Forbids, "index", &index.name, known));
            }
        }
        if table.definition.as_deref().is_some_and(calls) {
            found.push(Hanging::new(Fate::Forbids, format!("view {}", table.name), known));
        }
    }
    found
}

/// Columns, defaults and routines that need a type, domain or sequence.
pub(super) fn of_type_or_sequence(state: &State, name: &QualifiedName, sequence: bool) -> Vec<Hanging> {
    let mut found = Vec::new();
    for known in state.relations.values() {
        for column in &known.relation.columns {
            if sequence {
                let uses = column
                    .default
                    .as_deref()
                    .is_some_and(|default| mentions(default, "nextval") && mentions(default, &name.name));
                if uses {
                    let mut hanging = Hanging::part(Fate::Forbids, "default of column", &column.name, known);
                    hanging.default_only = true;
                    found.push(hanging);
                }
            } else if is_type(state, &column.type_name, name) {
                let mut hanging = Hanging::part(Fate::Forbids, "column", &column.name, known);
                hanging.holds_data =
                    known.relation.is_table() || known.relation.kind == RelationKind::MaterializedView;
                found.push(hanging);
            }
        }
    }
    if sequence {
        return found;
    }
    for known in state.functions.values().flat_map(|all| all.iter()) {
        let function = &known.function;
        let uses = mentions(&function.arguments, &name.name)
            || function.result.as_deref().is_some_and(|result| mentions(result, &name.name));
        if uses {
            found.push(Hanging {
                fate: Fate::Forbids,
                what: format!("function {}({})", function.name, function.identity_arguments),
                relation: Some(function.name.clone()),
                part: None,
                default_only: false,
                holds_data: false,
                made: known.made,
            });
        }
    }
    for known in state.types.values() {
        if let TypeShape::Domain { base, .. } = &known.object.shape
            && is_type(state, base, name)
        {
            found.push(Hanging {
                fate: Fate::Forbids,
                what: format!("domain {}", known.object.name),
                relation: None,
                part: None,
                default_only: false,
                holds_data: false,
                made: known.made,
            });
            found.extend(of_type_or_sequence(state, &known.object.name, false));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// True when a type name, as the catalog writes it, means this type or an array of it.
fn is_type(state: &State, written: &str, name: &QualifiedName) -> bool {
    let bare = written.trim_end_matches("[]");
    let (schema, own) = match bare.rsplit_once('.') {
        Some((schema, own)) => (Some(schema.trim_matches('"')), own),
        None => (None, bare),
    };
    let own = own.trim_matches('"');
    own == name.name
        && schema.map_or_else(|| state.resolve(None, own) == *name, |schema| schema == name.schema)
}
