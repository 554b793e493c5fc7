//! `ALTER TABLE` and its kin, and `ALTER` of what belongs to a table.

use freehold_model::{catalog::TypeShape, lock::LockMode, name::QualifiedName};
use freehold_sql::{
    Action, ColumnConstraint, ConstraintKind, NewConstraint, ObjectKind, StatementKind, Use, tree::NodeEnum,
};

use super::{
    Taking, is_key,
    levels::{Reach, mode, reach},
    rows::views_upon,
};

pub(super) fn take(taking: &mut Taking<'_>) {
    let effect = taking.effect;
    let Some(subject) = taking.subject() else { return };
    match effect.kind {
        StatementKind::AlterTable
        | StatementKind::Alter(ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable) => {
            table(taking, &subject)
        }
        StatementKind::Alter(ObjectKind::Index) => index(taking, &subject),
        StatementKind::Alter(ObjectKind::Sequence) => {
            let mode = if effect.actions.is_empty() {
                LockMode::ShareRowExclusive
            } else {
                LockMode::AccessExclusive
            };
            taking.take(subject, mode);
        }
        StatementKind::Alter(ObjectKind::Trigger) => {
            taking.take_partitions(&subject, LockMode::AccessExclusive);
        }
        StatementKind::Alter(ObjectKind::Policy | ObjectKind::Rule) => {
            taking.take(subject, LockMode::AccessExclusive);
        }
        StatementKind::Alter(ObjectKind::Publication) => published(taking),
        StatementKind::Alter(ObjectKind::Domain) => domain(taking, &subject),
        _ => {}
    }
}

/// The tables of a publication.
pub(super) fn published(taking: &mut Taking<'_>) {
    for object in taking.objects(Use::Reads).filter(|object| object.kind == ObjectKind::Table) {
        let name = taking.state.name_of(object);
        taking.take(name, LockMode::ShareUpdateExclusive);
    }
}

fn table(taking: &mut Taking<'_>, subject: &QualifiedName) {
    let effect = taking.effect;
    let Some(strongest) = effect.actions.iter().map(mode).max() else { return };
    let only = is_only(taking.tree);
    taking.take(subject.clone(), strongest);
    for action in &effect.actions {
        match reached(taking, subject, action) {
            _ if only => {}
            Reach::Itself => {}
            Reach::Partitions => taking.take_partitions(subject, strongest),
            Reach::Heirs => taking.take_all(subject, strongest),
            Reach::Indexed if taking.is_partitioned(subject) => {
                for heir in super::heirs(taking.state, subject) {
                    taking.take(heir, LockMode::Share);
                }
            }
            Reach::Indexed => {}
        }
        others(taking, subject, action);
    }
}

/// A primary key makes its columns NOT NULL where they are not: in the children too.
fn reached(taking: &Taking<'_>, subject: &QualifiedName, action: &Action) -> Reach {
    let nullable = |column: &String| {
        let known = taking.known(subject).and_then(|known| known.relation.column(column));
        known.is_some_and(|column| !column.not_null)
    };
    match action {
        Action::AddConstraint(constraint)
            if constraint.kind == ConstraintKind::PrimaryKey && constraint.columns.iter().any(nullable) =>
        {
            Reach::Heirs
        }
        _ => reach(action),
    }
}

/// `ONLY`: what is below is left alone.
fn is_only(tree: Option<&NodeEnum>) -> bool {
    let relation = match tree {
        Some(NodeEnum::AlterTableStmt(alter)) => alter.relation.as_ref(),
        Some(NodeEnum::RenameStmt(rename)) => rename.relation.as_ref(),
        _ => None,
    };
    relation.is_some_and(|range| !range.inh)
}

/// Other relations that an action locks: the far side of foreign keys, partitions, parents.
fn others(taking: &mut Taking<'_>, subject: &QualifiedName, action: &Action) {
    match action {
        Action::AddColumn { column, .. } => {
            for constraint in &column.constraints {
                if let ColumnConstraint::Constraint(constraint) = constraint {
                    new_key(taking, constraint);
                }
            }
        }
        Action::AddConstraint(constraint) => new_key(taking, constraint),
        Action::ValidateConstraint { name } => {
            taking.take_targets(subject, LockMode::RowShare, |key| key.name == *name && !key.validated);
        }
        Action::DropConstraint { name, cascade, .. } => dropped_constraint(taking, subject, name, *cascade),
        Action::DropColumn { name: column, .. } | Action::AlterColumnType { column, .. } => {
            // A foreign key goes with its column, and is made again with another type; its triggers on the far side too.
            taking.take_targets(subject, LockMode::AccessExclusive, |key| key.columns.contains(column));
            let rests = |key: &freehold_model::catalog::Constraint| key.referenced_columns.contains(column);
            if !matches!(action, Action::DropColumn { cascade: false, .. }) {
                taking.take_referencing(subject, LockMode::AccessExclusive, rests);
            }
            if matches!(action, Action::DropColumn { cascade: true, .. }) {
                views_upon(taking, vec![subject.clone()], Some(column));
            }
        }
        Action::AttachPartition { schema, partition, .. } => {
            let partition = taking.state.resolve(schema.as_deref(), partition);
            taking.take_all(&partition, LockMode::AccessExclusive);
            taking.take_default_partition(subject, LockMode::AccessExclusive);
            foreign_keys_of_parent(taking, subject, LockMode::ShareRowExclusive);
        }
        Action::DetachPartition { schema, partition, .. } => {
            let partition = taking.state.resolve(schema.as_deref(), partition);
            taking.take(partition, LockMode::AccessExclusive);
            taking.take_default_partition(subject, LockMode::AccessExclusive);
            taking.take_referencing(subject, LockMode::AccessExclusive, |_| true);
            taking.take_targets(subject, LockMode::ShareRowExclusive, |_| true);
        }
        Action::Inherit { schema, parent } => {
            let parent = taking.state.resolve(schema.as_deref(), parent);
            taking.take(parent, LockMode::ShareUpdateExclusive);
        }
        Action::NoInherit { schema, parent } => {
            let parent = taking.state.resolve(schema.as_deref(), parent);
            taking.take(parent, LockMode::AccessShare);
        }
        _ => {}
    }
}

/// A partition gets the foreign keys of its parent, and those that point to the parent point to it.
pub(super) fn foreign_keys_of_parent(taking: &mut Taking<'_>, parent: &QualifiedName, mode: LockMode) {
    taking.take_targets(parent, mode, |_| true);
    taking.take_referencing(parent, mode, |_| true);
}

/// A new foreign key puts triggers on the table that it points to.
pub(super) fn new_key(taking: &mut Taking<'_>, constraint: &NewConstraint) {
    if let Some(target) = &constraint.references {
        let target = taking.state.resolve(constraint.references_schema.as_deref(), target);
        taking.take_partitions(&target, LockMode::ShareRowExclusive);
    }
}

fn dropped_constraint(taking: &mut Taking<'_>, subject: &QualifiedName, name: &str, cascade: bool) {
    taking.take_targets(subject, LockMode::AccessExclusive, |key| key.name == name);
    let Some(constraint) = taking.known(subject).and_then(|known| known.relation.constraint(name)) else {
        return;
    };
    if cascade && is_key(constraint) {
        // A key of the same columns is the one that the other tables rest on.
        let rests = |key: &freehold_model::catalog::Constraint| {
            key.referenced_columns.is_empty()
                || key.referenced_columns.iter().all(|column| constraint.columns.contains(column))
        };
        taking.take_referencing(subject, LockMode::AccessExclusive, rests);
    }
}

fn index(taking: &mut Taking<'_>, subject: &QualifiedName) {
    let effect = taking.effect;
    for action in &effect.actions {
        let mode = match action {
            Action::Rename { .. } => LockMode::ShareUpdateExclusive,
            other => mode(other),
        };
        taking.take(subject.clone(), mode);
        if let Action::AttachPartition { schema, partition, .. } = action {
            let part = taking.state.resolve(schema.as_deref(), partition);
            for name in [subject, &part] {
                if let Some(table) = taking.state.index_tables.get(name) {
                    taking.take(table.clone(), LockMode::AccessShare);
                }
            }
            taking.take(part, LockMode::AccessExclusive);
        }
    }
}

/// A new demand of a domain is checked in every table that has a column of it, while nobody writes to them.
fn domain(taking: &mut Taking<'_>, domain: &QualifiedName) {
    let checks = taking.effect.actions.iter().any(|action| match action {
        Action::AddConstraint(constraint) => !constraint.not_valid,
        Action::SetNotNull { .. } | Action::ValidateConstraint { .. } => true,
        _ => false,
    });
    let is_domain =
        taking.state.type_named(domain).is_some_and(|t| matches!(t.object.shape, TypeShape::Domain { .. }));
    if checks && is_domain {
        columns_of_type(taking, domain, LockMode::Share);
    }
}

/// The tables with a column of a type.
pub(super) fn columns_of_type(taking: &mut Taking<'_>, of: &QualifiedName, mode: LockMode) {
    let state = taking.state;
    for (name, known) in state.relations.iter() {
        let has = known
            .relation
            .columns
            .iter()
            .any(|column| state.type_of(&column.type_name).is_some_and(|found| found.object.name == *of));
        if has {
            taking.take(name.clone(), mode);
        }
    }
}
