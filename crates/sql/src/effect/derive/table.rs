//! `CREATE TABLE` and `ALTER TABLE`.

mod action;
mod column;

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableStmt, CreateStmt, RangeVar};

use super::alter::altered;
use super::object_kind;
use crate::effect::alter_table::{Action, ColumnConstraint};
use crate::effect::object::{ObjectKind, ObjectUse, Use};
use crate::effect::{Effect, StatementKind, names};

pub(super) use column::constraint;

/// The effect of the commands of this part.
pub(super) fn effect(node: &NodeEnum) -> Option<Effect> {
    match node {
        NodeEnum::CreateStmt(create) => Some(create_effect(create, ObjectKind::Table)),
        NodeEnum::CreateForeignTableStmt(create) => {
            let base = create.base_stmt.as_ref()?;
            let mut effect = create_effect(base, ObjectKind::ForeignTable);
            effect.push(ObjectUse::new(
                ObjectKind::ForeignServer,
                None,
                create.servername.clone(),
                Use::Reads,
            ));
            Some(effect)
        }
        NodeEnum::AlterTableStmt(alter) => Some(alter_effect(alter)),
        _ => None,
    }
}

fn create_effect(create: &CreateStmt, kind: ObjectKind) -> Effect {
    let command =
        if kind == ObjectKind::Table { StatementKind::CreateTable } else { StatementKind::Create(kind) };
    let mut effect = Effect::new(command);
    effect.may_exist_before = create.if_not_exists;
    if let Some(range) = create.relation.as_ref() {
        effect.push(names::relation(kind, range, Use::Creates));
    }
    // A partition changes its parent; a child that inherits only refers to it.
    let parent_use = if create.partbound.is_some() { Use::Alters } else { Use::Reads };
    for parent in &create.inh_relations {
        effect.objects.extend(names::object(ObjectKind::Table, parent, parent_use));
    }
    for element in &create.table_elts {
        match element.node.as_ref() {
            Some(NodeEnum::ColumnDef(definition)) => {
                let column = column::column(definition);
                for constraint in &column.constraints {
                    if let ColumnConstraint::Constraint(constraint) = constraint {
                        effect.new_constraints.push(constraint.clone());
                    }
                }
                effect.new_columns.push(column);
            }
            Some(NodeEnum::Constraint(definition)) => {
                effect.new_constraints.push(column::constraint(definition, None));
            }
            _ => {}
        }
    }
    effect
}

fn alter_effect(alter: &AlterTableStmt) -> Effect {
    let kind = object_kind(alter.objtype);
    let mut effect = altered(kind);
    effect.may_be_missing = alter.missing_ok;
    let Some(range) = alter.relation.as_ref() else { return effect };
    effect.push(names::relation(kind, range, Use::Alters));
    for node in &alter.cmds {
        if let Some(NodeEnum::AlterTableCmd(command)) = node.node.as_ref() {
            let action = action::action(command);
            note(&mut effect, &action, range);
            effect.actions.push(action);
        }
    }
    effect
}

/// What an action says about the whole statement.
fn note(effect: &mut Effect, action: &Action, range: &RangeVar) {
    match action {
        Action::DropColumn { .. } | Action::AlterColumnType { .. } => effect.may_lose_data = true,
        Action::DropConstraint { name, cascade, .. } => {
            effect.may_lose_data |= *cascade;
            effect.push(names::part_of(ObjectKind::Constraint, range, name, Use::Drops));
        }
        Action::DetachPartition { schema, partition, concurrently, .. } => {
            effect.push(ObjectUse::new(ObjectKind::Table, schema.clone(), partition.clone(), Use::Alters));
            if *concurrently {
                effect.transaction = super::maintenance::forbidden("ALTER TABLE ... DETACH CONCURRENTLY");
            }
        }
        Action::AttachPartition { schema, partition, .. } => {
            // `ALTER INDEX ... ATTACH PARTITION` attaches an index.
            let kind = effect.objects.first().map_or(ObjectKind::Table, |subject| subject.kind);
            effect.push(ObjectUse::new(kind, schema.clone(), partition.clone(), Use::Alters));
        }
        Action::Inherit { schema, parent } | Action::NoInherit { schema, parent } => {
            effect.push(ObjectUse::new(ObjectKind::Table, schema.clone(), parent.clone(), Use::Alters));
        }
        _ => {}
    }
}
