//! One action of `ALTER TABLE`.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableType as T, ColumnDef, PartitionCmd, RangeVar};

use super::super::{cascades, options};
use super::column;
use crate::effect::alter_table::Action;
use crate::effect::names;

/// The action that a command of the parse tree means.
pub(super) fn action(command: &AlterTableCmd) -> Action {
    let subtype = T::try_from(command.subtype).unwrap_or(T::Undefined);
    of_column(subtype, command)
        .or_else(|| of_constraint(subtype, command))
        .or_else(|| of_security(subtype))
        .or_else(|| of_partition(subtype, command))
        .or_else(|| of_storage(subtype, command))
        .or_else(|| of_trigger(subtype, command))
        .unwrap_or(Action::Other(subtype.as_str_name()))
}

fn definition(command: &AlterTableCmd) -> Option<&NodeEnum> {
    command.def.as_deref()?.node.as_ref()
}

fn column_definition(command: &AlterTableCmd) -> Option<&ColumnDef> {
    match definition(command)? {
        NodeEnum::ColumnDef(column) => Some(column),
        _ => None,
    }
}

fn of_column(subtype: T, command: &AlterTableCmd) -> Option<Action> {
    let column = if command.name.is_empty() { command.num.to_string() } else { command.name.clone() };
    let option = |option| Some(Action::SetColumnOption { column: column.clone(), option });
    match subtype {
        T::AtAddColumn => Some(Action::AddColumn {
            column: column::column(column_definition(command)?),
            if_not_exists: command.missing_ok,
        }),
        T::AtDropColumn => Some(Action::DropColumn {
            name: column,
            if_exists: command.missing_ok,
            cascade: cascades(command.behavior),
        }),
        T::AtAlterColumnType => {
            let to = column_definition(command)?;
            let type_ = to.type_name.as_ref().map(names::type_text).unwrap_or_default();
            Some(Action::AlterColumnType { column, type_, using: to.raw_default.is_some() })
        }
        T::AtSetNotNull => Some(Action::SetNotNull { column }),
        T::AtDropNotNull => Some(Action::DropNotNull { column }),
        T::AtColumnDefault => Some(match command.def.as_deref() {
            Some(default) => Action::SetDefault { column, calls: column::calls(default) },
            None => Action::DropDefault { column },
        }),
        T::AtAddIdentity => Some(Action::AddIdentity { column }),
        T::AtSetIdentity => Some(Action::SetIdentity { column }),
        T::AtDropIdentity => Some(Action::DropIdentity { column }),
        T::AtSetExpression => Some(Action::SetExpression { column }),
        T::AtDropExpression => Some(Action::DropExpression { column }),
        T::AtSetStatistics => option("STATISTICS"),
        T::AtSetStorage => option("STORAGE"),
        T::AtSetCompression => option("COMPRESSION"),
        T::AtSetOptions => option("SET (...)"),
        T::AtResetOptions => option("RESET (...)"),
        T::AtAlterColumnGenericOptions => option("OPTIONS (...)"),
        _ => None,
    }
}

fn of_constraint(subtype: T, command: &AlterTableCmd) -> Option<Action> {
    let name = command.name.clone();
    match (subtype, definition(command)) {
        (T::AtAddConstraint, Some(NodeEnum::Constraint(constraint))) => {
            Some(Action::AddConstraint(column::constraint(constraint, None)))
        }
        (T::AtAlterConstraint, Some(NodeEnum::AtalterConstraint(constraint))) => {
            Some(Action::AlterConstraint { name: constraint.conname.clone() })
        }
        (T::AtAlterConstraint, Some(NodeEnum::Constraint(constraint))) => {
            Some(Action::AlterConstraint { name: constraint.conname.clone() })
        }
        (T::AtValidateConstraint, _) => Some(Action::ValidateConstraint { name }),
        (T::AtDropConstraint, _) => Some(Action::DropConstraint {
            name,
            if_exists: command.missing_ok,
            cascade: cascades(command.behavior),
        }),
        _ => None,
    }
}

fn of_security(subtype: T) -> Option<Action> {
    match subtype {
        T::AtEnableRowSecurity => Some(Action::EnableRowSecurity),
        T::AtDisableRowSecurity => Some(Action::DisableRowSecurity),
        T::AtForceRowSecurity => Some(Action::ForceRowSecurity),
        T::AtNoForceRowSecurity => Some(Action::NoForceRowSecurity),
        _ => None,
    }
}

fn of_partition(subtype: T, command: &AlterTableCmd) -> Option<Action> {
    match (subtype, definition(command)?) {
        (T::AtAttachPartition, NodeEnum::PartitionCmd(partition)) => {
            let (schema, name) = partition_name(partition)?;
            let default = partition.bound.as_ref().is_some_and(|bound| bound.is_default);
            Some(Action::AttachPartition { schema, partition: name, default })
        }
        (T::AtDetachPartition | T::AtDetachPartitionFinalize, NodeEnum::PartitionCmd(partition)) => {
            let (schema, name) = partition_name(partition)?;
            Some(Action::DetachPartition {
                schema,
                partition: name,
                concurrently: partition.concurrent,
                finalize: subtype == T::AtDetachPartitionFinalize,
            })
        }
        (T::AtAddInherit, NodeEnum::RangeVar(parent)) => {
            let (schema, parent) = parts(parent);
            Some(Action::Inherit { schema, parent })
        }
        (T::AtDropInherit, NodeEnum::RangeVar(parent)) => {
            let (schema, parent) = parts(parent);
            Some(Action::NoInherit { schema, parent })
        }
        (T::AtAddOf, NodeEnum::TypeName(type_)) => {
            Some(Action::OfType { type_: Some(names::type_text(type_)) })
        }
        _ => None,
    }
}

fn partition_name(partition: &PartitionCmd) -> Option<(Option<String>, String)> {
    partition.name.as_ref().map(parts)
}

fn parts(range: &RangeVar) -> (Option<String>, String) {
    (names::written(&range.schemaname), range.relname.clone())
}

fn of_storage(subtype: T, command: &AlterTableCmd) -> Option<Action> {
    let name = command.name.clone();
    let option_names = || match definition(command) {
        Some(NodeEnum::List(list)) => options(&list.items).map(|option| option.defname.clone()).collect(),
        _ => Vec::new(),
    };
    match subtype {
        T::AtChangeOwner => {
            let role = command.newowner.as_ref().map(names::role_name).unwrap_or_default();
            Some(Action::Owner { role })
        }
        T::AtSetTableSpace => Some(Action::SetTablespace { name }),
        T::AtSetAccessMethod => Some(Action::SetAccessMethod { name }),
        T::AtSetLogged => Some(Action::SetLogged),
        T::AtSetUnLogged => Some(Action::SetUnlogged),
        T::AtSetRelOptions => Some(Action::SetOptions { names: option_names() }),
        T::AtResetRelOptions => Some(Action::ResetOptions { names: option_names() }),
        T::AtClusterOn => Some(Action::ClusterOn { index: Some(name) }),
        T::AtDropCluster => Some(Action::ClusterOn { index: None }),
        T::AtReplicaIdentity => Some(Action::ReplicaIdentity {
            index: match definition(command) {
                Some(NodeEnum::ReplicaIdentityStmt(identity)) => names::written(&identity.name),
                _ => None,
            },
        }),
        T::AtDropOf => Some(Action::OfType { type_: None }),
        _ => None,
    }
}

fn of_trigger(subtype: T, command: &AlterTableCmd) -> Option<Action> {
    let name = command.name.clone();
    match subtype {
        T::AtEnableTrig | T::AtEnableAlwaysTrig | T::AtEnableReplicaTrig => {
            Some(Action::EnableTrigger { name: Some(name) })
        }
        T::AtDisableTrig => Some(Action::DisableTrigger { name: Some(name) }),
        T::AtEnableTrigAll | T::AtEnableTrigUser => Some(Action::EnableTrigger { name: None }),
        T::AtDisableTrigAll | T::AtDisableTrigUser => Some(Action::DisableTrigger { name: None }),
        T::AtEnableRule | T::AtEnableAlwaysRule | T::AtEnableReplicaRule => Some(Action::EnableRule { name }),
        T::AtDisableRule => Some(Action::DisableRule { name }),
        _ => None,
    }
}
