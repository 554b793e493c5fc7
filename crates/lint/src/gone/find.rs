//! Reads off a statement what it takes away or calls by another name.

use std::sync::Arc;

use freehold_model::name::{QualifiedName, display_identifier};
use freehold_sql::{
    Action, ObjectKind, ObjectUse, StatementKind, Use,
    tree::{NodeEnum, protobuf::Node},
};

use super::{Gone, Way, hanging, routines, users};
use crate::{context::Context, state::Site};

/// What the statement takes away, with what is known before the state follows it.
pub(crate) fn noted(context: &Context<'_>) -> Vec<Gone> {
    let effect = &context.statement.effect;
    let mut found = match effect.kind {
        StatementKind::Drop { .. } => dropped(context),
        StatementKind::AlterTable | StatementKind::Alter(_) => altered(context),
        StatementKind::Create(ObjectKind::Function | ObjectKind::Procedure | ObjectKind::View)
            if effect.may_exist_before =>
        {
            replaced(context).into_iter().collect()
        }
        _ => return Vec::new(),
    };
    if context.script.wanted {
        for gone in found.iter_mut().filter(|gone| !gone.made_here) {
            gone.whole = is_all_known(context, gone);
            gone.hanging = hanging_on(context, gone);
            remember_copies(context, gone);
        }
    }
    found
}

/// The tables that the statement takes all rows out of.
pub(crate) fn emptied(context: &Context<'_>) -> Vec<QualifiedName> {
    let effect = &context.statement.effect;
    let all = match (effect.kind, context.tree) {
        (StatementKind::Truncate, _) => true,
        (StatementKind::Delete, Some(NodeEnum::DeleteStmt(delete))) => delete.where_clause.is_none(),
        _ => false,
    };
    if !all {
        return Vec::new();
    }
    effect.objects_used(Use::Writes).map(|object| context.state.name_of(object)).collect()
}

/// The schema that the statement makes.
pub(crate) fn made_schema(context: &Context<'_>) -> Option<String> {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::Create(ObjectKind::Schema) {
        return None;
    }
    let made = effect.objects_used(Use::Creates).find(|object| object.kind == ObjectKind::Schema)?;
    let there = context.state.schemas.contains(&QualifiedName::new("", made.name.as_str()));
    (!(effect.may_exist_before && there)).then(|| made.name.clone())
}

fn dropped(context: &Context<'_>) -> Vec<Gone> {
    let effect = &context.statement.effect;
    let StatementKind::Drop { object, cascade, .. } = effect.kind else { return Vec::new() };
    let way = Way::Dropped { cascade, if_exists: effect.may_be_missing };
    let routine = matches!(
        object,
        ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate
    );
    let nodes: &[Node] = match context.tree {
        Some(NodeEnum::DropStmt(drop)) => &drop.objects,
        _ => &[],
    };
    let uses = effect.objects.iter().filter(|object| object.use_ == Use::Drops);
    uses.enumerate()
        .map(|(at, object)| {
            let mut gone = new(context, object, way.clone());
            if routine {
                routines::match_routine(context, &mut gone, nodes.get(at));
            }
            gone
        })
        .collect()
}

/// What `OR REPLACE` finds there.
fn replaced(context: &Context<'_>) -> Option<Gone> {
    let object = context.statement.effect.objects_used(Use::Creates).next()?;
    let mut gone = new(context, object, Way::Replaced);
    if object.kind == ObjectKind::View {
        return gone.known.is_some().then_some(gone);
    }
    gone.functions = context.state.functions_named(&gone.name).to_vec();
    gone.made_here = gone.functions.iter().all(|known| known.made.is_some_and(|made| context.is_here(made)));
    (!gone.functions.is_empty()).then_some(gone)
}

fn altered(context: &Context<'_>) -> Vec<Gone> {
    let effect = &context.statement.effect;
    let Some(main) = effect.objects.first() else { return Vec::new() };
    let mut found = Vec::new();
    for action in &effect.actions {
        let (kind, part, way) = match action {
            Action::DropColumn { name, if_exists, cascade } => {
                (ObjectKind::Column, Some(name), Way::Dropped { cascade: *cascade, if_exists: *if_exists })
            }
            Action::DropConstraint { name, if_exists, cascade: true } => {
                (ObjectKind::Constraint, Some(name), Way::Dropped { cascade: true, if_exists: *if_exists })
            }
            Action::RenameColumn { from, to } => (ObjectKind::Column, Some(from), Way::Renamed(to.clone())),
            Action::RenameConstraint { from, to } => {
                (ObjectKind::Constraint, Some(from), Way::Renamed(to.clone()))
            }
            Action::DropDefault { column } if main.kind == ObjectKind::Table => {
                (ObjectKind::Column, Some(column), Way::DefaultDropped)
            }
            Action::DropIdentity { column } => (ObjectKind::Column, Some(column), Way::IdentityDropped),
            Action::Rename { to } => (main.kind, None, Way::Renamed(to.clone())),
            Action::SetSchema { schema } => (main.kind, None, Way::Moved(schema.clone())),
            _ => continue,
        };
        let mut gone = new(context, main, way);
        if let Some(part) = part {
            gone.kind = kind;
            gone.part = Some(part.clone());
            gone.made_here |= part_is_new(context, &gone);
            let unknown_part = gone.known.as_ref().is_some_and(|known| {
                known.whole && kind == ObjectKind::Column && known.relation.column(part).is_none()
            });
            gone.was_missing |= unknown_part;
        }
        found.push(gone);
    }
    found
}

fn new(context: &Context<'_>, object: &ObjectUse, way: Way) -> Gone {
    let state = context.state;
    let is_named_within = object.of.is_some() && !object.kind.is_relation();
    let mut name = if is_named_within { state.relation_of(object) } else { state.name_of(object) };
    if !is_in_schema(object.kind) {
        name = QualifiedName::new("", object.name.as_str());
    }
    // A bare name finds a temporary object first.
    let temporary = QualifiedName::new("pg_temp", name.name.as_str());
    if object.schema.is_none() && state.relation(&temporary).is_some() {
        name = temporary;
    }
    let known = state.relations.get(&name).cloned();
    let mut gone = Gone {
        kind: object.kind,
        part: is_named_within.then(|| object.name.clone()),
        way,
        functions: Vec::new(),
        made_here: object.schema.as_deref() == Some("pg_temp") || name.schema == "pg_temp",
        table_made_here: false,
        was_missing: false,
        whole: false,
        hanging: Vec::new(),
        copied: None,
        copy_of: None,
        statement: context.walk.number,
        span: context.statement.span,
        known,
        name,
    };
    gone.made_here |= is_new(context, &gone);
    gone.table_made_here = context.is_new(&gone.name) || gone.name.schema == "pg_temp";
    let is_relation = object.kind.is_relation() && object.kind != ObjectKind::Index;
    gone.was_missing = is_relation && gone.known.is_none() && state.complete;
    gone
}

fn is_in_schema(kind: ObjectKind) -> bool {
    !matches!(
        kind,
        ObjectKind::Schema
            | ObjectKind::Database
            | ObjectKind::Extension
            | ObjectKind::Role
            | ObjectKind::Language
            | ObjectKind::EventTrigger
            | ObjectKind::ForeignServer
            | ObjectKind::ForeignDataWrapper
            | ObjectKind::Publication
            | ObjectKind::Subscription
    )
}

/// True when all that can hang on it was made in the history, or was read from a server.
fn is_all_known(context: &Context<'_>, gone: &Gone) -> bool {
    let state = context.state;
    let made = match gone.kind {
        ObjectKind::Schema => state.schemas.contains(&gone.name),
        ObjectKind::Type | ObjectKind::Domain => state.type_named(&gone.name).is_some(),
        _ => {
            let functions = &gone.functions;
            gone.known.as_ref().is_some_and(|known| known.made.is_some())
                || (!functions.is_empty() && functions.iter().all(|known| known.made.is_some()))
        }
    };
    state.complete || (made && state.doubts.is_empty())
}

/// True when the script, or its deployment, has made it.
fn is_new(context: &Context<'_>, gone: &Gone) -> bool {
    let here = |site: Option<Site>| site.is_some_and(|site| context.is_here(site));
    if context.script.whole_schema {
        return true;
    }
    match gone.kind {
        ObjectKind::Schema => context.walk.made_schemas.contains(&gone.name.name),
        ObjectKind::Type | ObjectKind::Domain => context
            .state
            .type_named(&gone.name)
            .map_or_else(|| context.is_new(&gone.name), |known| here(known.made)),
        ObjectKind::Index => context.state.index(&gone.name).is_some_and(|(known, index)| {
            here(known.site_of(freehold_model::catalog::ObjectKind::Index, &index.name))
        }),
        _ => context.is_new(&gone.name) || part_is_new(context, gone),
    }
}

fn part_is_new(context: &Context<'_>, gone: &Gone) -> bool {
    use freehold_model::catalog::ObjectKind as Kind;
    let (Some(known), Some(part)) = (&gone.known, &gone.part) else { return false };
    let kind = match gone.kind {
        ObjectKind::Column => Kind::Column,
        ObjectKind::Constraint => Kind::Constraint,
        ObjectKind::Trigger => Kind::Trigger,
        ObjectKind::Policy => Kind::Policy,
        _ => return false,
    };
    known.site_of(kind, part).is_some_and(|site| context.is_here(site))
}

fn hanging_on(context: &Context<'_>, gone: &Gone) -> Vec<hanging::Hanging> {
    let state = context.state;
    if !gone.is_dropped() {
        return Vec::new();
    }
    match (gone.kind, &gone.known, &gone.part) {
        (ObjectKind::Column, Some(known), Some(column)) => hanging::on_column(state, known, column),
        (ObjectKind::Constraint, Some(known), Some(name)) => hanging::on_constraint(state, known, name),
        (ObjectKind::Sequence, ..) => users::of_type_or_sequence(state, &gone.name, true),
        (ObjectKind::Type | ObjectKind::Domain, ..) => users::of_type_or_sequence(state, &gone.name, false),
        (ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine, ..) if gone.cascades() => {
            users::on_function(state, &gone.name)
        }
        (ObjectKind::Schema, ..) => in_schema(context, &gone.name.name),
        (
            ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable,
            ..,
        ) => hanging::on_relation(state, &gone.name),
        _ => Vec::new(),
    }
}

/// What a schema holds, and what hangs on that elsewhere.
fn in_schema(context: &Context<'_>, schema: &str) -> Vec<hanging::Hanging> {
    let mut found = Vec::new();
    for (_, known) in context.state.relations.in_schema(schema) {
        found.push(hanging::Hanging {
            fate: hanging::Fate::Forbids,
            what: format!("{} {}", kind_word(known), known.relation.name),
            relation: Some(known.relation.name.clone()),
            part: None,
            default_only: false,
            holds_data: known.relation.is_table(),
            made: known.made,
        });
        if known.relation.is_table() {
            let outside = hanging::on_relation(context.state, &known.relation.name);
            found.extend(outside.into_iter().filter(|other| {
                other.fate == hanging::Fate::Forbids
                    && other.relation.as_ref().is_some_and(|relation| relation.schema != schema)
            }));
        }
    }
    for known in context.state.functions.values().flat_map(|all| all.iter()) {
        if known.function.name.schema == schema {
            found.push(hanging::Hanging {
                fate: hanging::Fate::Forbids,
                what: format!("function {}", known.function.name),
                relation: None,
                part: None,
                default_only: false,
                holds_data: false,
                made: known.made,
            });
        }
    }
    found.sort_by_key(|hanging| (!hanging.holds_data, hanging.what.clone()));
    found.dedup();
    found
}

fn kind_word(known: &Arc<crate::state::Known>) -> &'static str {
    use freehold_model::catalog::RelationKind;
    match known.relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable => "table",
        RelationKind::View => "view",
        RelationKind::MaterializedView => "materialized view",
        RelationKind::ForeignTable => "foreign table",
        RelationKind::Sequence => "sequence",
        RelationKind::CompositeType => "type",
    }
}

/// What the history has copied it into, or has made it a copy of.
fn remember_copies(context: &Context<'_>, gone: &mut Gone) {
    let copies = &context.state.copies;
    let shown = |place: &(QualifiedName, Option<String>)| match &place.1 {
        Some(column) => format!("{}.{}", place.0, display_identifier(column)),
        None => place.0.to_string(),
    };
    if let (ObjectKind::Column, Some(column)) = (gone.kind, &gone.part) {
        let copy = copies.of_column(&gone.name, column).last();
        gone.copied = copy.map(|copy| (shown(&copy.to), context.is_here(copy.site)));
    } else if gone.kind == ObjectKind::Table {
        let all: Vec<_> = copies.of_table(&gone.name).collect();
        let columns: std::collections::BTreeSet<_> =
            all.iter().filter_map(|copy| copy.from.1.as_deref()).collect();
        let had = gone.known.as_ref().map_or(0, |known| known.relation.columns.len());
        // One key that was written into another table is no copy of the rows.
        let whole = all.iter().any(|copy| copy.from.1.is_none()) || columns.len() >= 2.max(had / 2);
        let last = all.last().filter(|_| whole);
        gone.copied = last.map(|copy| (copy.to.0.to_string(), context.is_here(copy.site)));
        gone.copy_of = copies
            .into_table(&gone.name)
            .find(|copy| copy.from.1.is_none() && !context.is_here(copy.site))
            .map(|copy| copy.from.0.to_string());
    }
}
