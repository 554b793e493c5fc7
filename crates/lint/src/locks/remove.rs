//! `DROP` of anything, and `TRUNCATE`.

use freehold_model::{catalog::RelationKind, lock::LockMode, name::QualifiedName};
use freehold_sql::{
    ObjectKind, Use,
    tree::{
        NodeEnum,
        protobuf::{DropBehavior, RangeVar},
    },
};

use super::{Taking, alter::columns_of_type, heirs, rows::views_upon};
use crate::state::Link;

pub(super) fn take(taking: &mut Taking<'_>, object: ObjectKind, concurrently: bool, cascade: bool) {
    for dropped in taking.objects(Use::Drops) {
        match object {
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::ForeignTable => {
                let name = taking.state.name_of(dropped);
                table(taking, &name, cascade);
            }
            ObjectKind::Sequence => {
                let name = taking.state.name_of(dropped);
                if cascade {
                    defaults_from(taking, &name);
                }
                taking.take(name, LockMode::AccessExclusive);
            }
            ObjectKind::Index => {
                let name = taking.state.name_of(dropped);
                index(taking, name, concurrently);
            }
            ObjectKind::Trigger => {
                let name = taking.state.relation_of(dropped);
                taking.take_partitions(&name, LockMode::AccessExclusive);
            }
            ObjectKind::Policy | ObjectKind::Rule => {
                let name = taking.state.relation_of(dropped);
                taking.take(name, LockMode::AccessExclusive);
            }
            ObjectKind::Statistics => statistics(taking, &dropped.name),
            ObjectKind::Schema if cascade => schema(taking, &dropped.name),
            ObjectKind::Type | ObjectKind::Domain if cascade => {
                let name = taking.state.name_of(dropped);
                columns_of_type(taking, &name, LockMode::AccessExclusive);
            }
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine if cascade => {
                let name = taking.state.name_of(dropped);
                triggers_of(taking, &name);
            }
            _ => {}
        }
    }
}

/// A table goes with its partitions, and with the triggers that its foreign keys have on the tables they point to.
fn table(taking: &mut Taking<'_>, name: &QualifiedName, cascade: bool) {
    let mut all = heirs(taking.state, name);
    all.push(name.clone());
    if cascade {
        views_upon(taking, all.clone(), None);
    }
    for name in &all {
        // What a partition has from its parent stays on the far side until the parent goes.
        taking.take_targets(name, LockMode::AccessExclusive, |key| !key.has_parent);
        if cascade {
            taking.take_referencing(name, LockMode::AccessExclusive, |_| true);
        }
        taking.take(name.clone(), LockMode::AccessExclusive);
    }
    let partition = taking.known(name).and_then(|known| known.relation.partition.as_ref());
    if let Some(parent) = partition.map(|partition| partition.parent.clone()) {
        taking.take_default_partition(&parent, LockMode::AccessExclusive);
        taking.take(parent, LockMode::AccessExclusive);
    }
}

fn index(taking: &mut Taking<'_>, name: QualifiedName, concurrently: bool) {
    let mode = if concurrently { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
    if let Some(table) = taking.state.index_tables.get(&name).cloned() {
        taking.take_partitions(&table, mode);
    }
    taking.take(name, mode);
}

/// Statistics are known by their table.
fn statistics(taking: &mut Taking<'_>, name: &str) {
    let state = taking.state;
    for (table, known) in state.relations.iter() {
        if known.relation.statistics.iter().any(|statistics| statistics.name == name) {
            taking.take(table.clone(), LockMode::ShareUpdateExclusive);
        }
    }
}

fn schema(taking: &mut Taking<'_>, schema: &str) {
    let state = taking.state;
    for (name, known) in state.relations.in_schema(schema) {
        if known.relation.kind == RelationKind::Sequence || known.relation.kind == RelationKind::CompositeType
        {
            taking.take(name.clone(), LockMode::AccessExclusive);
        } else {
            table(taking, name, true);
        }
    }
}

/// Tables with a default that asks this sequence.
fn defaults_from(taking: &mut Taking<'_>, sequence: &QualifiedName) {
    let state = taking.state;
    for (name, known) in state.relations.iter() {
        let asks =
            |default: &String| default.contains("nextval(") && default.contains(sequence.name.as_str());
        if known.relation.columns.iter().any(|column| column.default.as_ref().is_some_and(asks)) {
            taking.take(name.clone(), LockMode::AccessExclusive);
        }
    }
}

/// Tables with a trigger that calls this function.
fn triggers_of(taking: &mut Taking<'_>, function: &QualifiedName) {
    let state = taking.state;
    for (name, _) in state.relations.pointing_to(function, Link::Trigger) {
        taking.take(name.clone(), LockMode::AccessExclusive);
    }
}

pub(super) fn truncate(taking: &mut Taking<'_>) {
    let Some(NodeEnum::TruncateStmt(truncate)) = taking.tree else { return };
    let cascade = truncate.behavior == DropBehavior::DropCascade as i32;
    let ranges = truncate.relations.iter().filter_map(|node| match node.node.as_ref() {
        Some(NodeEnum::RangeVar(range)) => Some(range),
        _ => None,
    });
    let mut open: Vec<QualifiedName> = Vec::new();
    for range in ranges {
        let name = resolved(taking, range);
        if range.inh {
            open.extend(heirs(taking.state, &name));
        }
        open.push(name);
    }
    while let Some(name) = open.pop() {
        if taking.locks.contains_key(&name) {
            continue;
        }
        taking.take(name.clone(), LockMode::AccessExclusive);
        if cascade {
            for known in taking.state.referencing(&name) {
                open.extend(heirs(taking.state, &known.relation.name));
                open.push(known.relation.name.clone());
            }
        }
    }
}

/// The relation that a tree names.
pub(super) fn resolved(taking: &Taking<'_>, range: &RangeVar) -> QualifiedName {
    let schema = (!range.schemaname.is_empty()).then_some(range.schemaname.as_str());
    taking.state.resolve(schema, &range.relname)
}
