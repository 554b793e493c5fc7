//! `CREATE` of tables, and of what is put on tables that are there.

use freehold_model::{lock::LockMode, name::QualifiedName};
use freehold_sql::{
    ObjectKind, StatementKind,
    tree::{
        NodeEnum,
        protobuf::{CreateStmt, Node},
    },
};

use super::{
    Taking,
    alter::{foreign_keys_of_parent, new_key, published},
};

pub(super) fn take(taking: &mut Taking<'_>) {
    let effect = taking.effect;
    let Some(subject) = taking.subject() else { return };
    match effect.kind {
        StatementKind::CreateTable | StatementKind::Create(ObjectKind::ForeignTable) => {
            table(taking, &subject);
        }
        StatementKind::CreateIndex { concurrently: true, .. } => {
            taking.take(subject, LockMode::ShareUpdateExclusive);
        }
        StatementKind::CreateIndex { .. } => {
            let only = matches!(
                taking.tree,
                Some(NodeEnum::IndexStmt(index)) if index.relation.as_ref().is_some_and(|range| !range.inh)
            );
            if only {
                taking.take(subject, LockMode::Share);
            } else {
                taking.take_partitions(&subject, LockMode::Share);
            }
        }
        StatementKind::Create(ObjectKind::Trigger) => {
            let rows = matches!(taking.tree, Some(NodeEnum::CreateTrigStmt(trigger)) if trigger.row);
            if rows {
                taking.take_partitions(&subject, LockMode::ShareRowExclusive);
            } else {
                taking.take(subject, LockMode::ShareRowExclusive);
            }
        }
        StatementKind::Create(ObjectKind::Policy | ObjectKind::Rule) => {
            taking.take(subject, LockMode::AccessExclusive);
        }
        StatementKind::Create(ObjectKind::View)
            if effect.may_exist_before && taking.known(&subject).is_some() =>
        {
            taking.take(subject, LockMode::AccessExclusive);
        }
        StatementKind::Create(ObjectKind::Statistics) => statistics(taking),
        StatementKind::Create(ObjectKind::Publication) => published(taking),
        _ => {}
    }
}

/// `IF NOT EXISTS` of a table that does: nothing is done.
pub(super) fn is_there_already(taking: &Taking<'_>) -> bool {
    matches!(taking.effect.kind, StatementKind::CreateTable | StatementKind::CreateTableAs)
        && taking.effect.may_exist_before
        && taking.subject().is_some_and(|subject| taking.known(&subject).is_some())
}

fn table(taking: &mut Taking<'_>, subject: &QualifiedName) {
    let effect = taking.effect;
    for constraint in &effect.new_constraints {
        new_key(taking, constraint);
    }
    // A table may point to itself.
    if taking.known(subject).is_none() {
        taking.locks.remove(subject);
    }
    let create: Option<&CreateStmt> = match taking.tree {
        Some(NodeEnum::CreateStmt(create)) => Some(create),
        Some(NodeEnum::CreateForeignTableStmt(create)) => create.base_stmt.as_ref(),
        _ => None,
    };
    let Some(create) = create else { return };
    let partition = create.partbound.is_some();
    for parent in parents(taking, &create.inh_relations) {
        if partition {
            taking.take_default_partition(&parent, LockMode::AccessExclusive);
            foreign_keys_of_parent(taking, &parent, LockMode::ShareRowExclusive);
            taking.take(parent, LockMode::AccessExclusive);
        } else {
            taking.take(parent, LockMode::ShareUpdateExclusive);
        }
    }
}

fn parents(taking: &Taking<'_>, nodes: &[Node]) -> Vec<QualifiedName> {
    let named = |node: &Node| match node.node.as_ref()? {
        NodeEnum::RangeVar(range) => {
            let schema = (!range.schemaname.is_empty()).then_some(range.schemaname.as_str());
            Some(taking.state.resolve(schema, &range.relname))
        }
        _ => None,
    };
    nodes.iter().filter_map(named).collect()
}

/// The tables of extended statistics are its objects after itself.
fn statistics(taking: &mut Taking<'_>) {
    for object in taking.effect.objects.iter().filter(|o| o.kind == ObjectKind::Table) {
        let name = taking.state.name_of(object);
        taking.take(name, LockMode::ShareUpdateExclusive);
    }
}
