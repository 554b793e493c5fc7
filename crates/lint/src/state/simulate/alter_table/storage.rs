//! Actions on the table as a whole: security, storage, triggers, owner; and those of `ALTER INDEX`.

use freehold_model::{
    catalog::{Index, ObjectKind, Persistence, ReplicaIdentity, TriggerEnabled},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{AlterTableCmd, AlterTableType as T, DefElem},
};

use super::{super::Step, super::nodes, Target};
use crate::state::Known;

impl Step<'_> {
    /// False when the action is another's.
    pub(super) fn alter_storage(&mut self, target: &Target, subtype: T, command: &AlterTableCmd) -> bool {
        let name = &target.name;
        match subtype {
            T::AtEnableRowSecurity => self.set(name, |known| known.relation.row_security = true),
            T::AtDisableRowSecurity => self.set(name, |known| known.relation.row_security = false),
            T::AtForceRowSecurity => self.set(name, |known| known.relation.force_row_security = true),
            T::AtNoForceRowSecurity => self.set(name, |known| known.relation.force_row_security = false),
            T::AtSetLogged | T::AtSetUnLogged => {
                let persistence = match subtype {
                    T::AtSetLogged => Persistence::Permanent,
                    _ => Persistence::Unlogged,
                };
                self.set(name, |known| known.relation.persistence = persistence);
                for sequence in self.sequences_of(name, None) {
                    self.set(&sequence, |known| known.relation.persistence = persistence);
                }
            }
            T::AtChangeOwner => {
                let owner = command.newowner.as_ref().and_then(nodes::role).unwrap_or_default();
                for sequence in self.sequences_of(name, None) {
                    self.set(&sequence, |known| known.relation.owner.clone_from(&owner));
                }
                self.set(name, |known| known.relation.owner = owner);
            }
            T::AtSetTableSpace => {
                let space = Some(command.name.clone()).filter(|space| space != "pg_default");
                self.set(name, |known| known.relation.tablespace = space);
            }
            T::AtSetAccessMethod => {
                let method = nodes::written(&command.name).unwrap_or("heap").to_owned();
                self.set(name, |known| known.relation.access_method = Some(method));
            }
            T::AtSetRelOptions | T::AtResetRelOptions => {
                let (toast, own): (Vec<&DefElem>, Vec<&DefElem>) =
                    Self::options_of(command).into_iter().partition(|option| option.defnamespace == "toast");
                let sets = subtype == T::AtSetRelOptions;
                self.set(name, |known| {
                    set_options(&mut known.relation.options, &own, sets);
                    set_options(&mut known.relation.toast_options, &toast, sets);
                });
            }
            T::AtReplicaIdentity => self.replica_identity(name, command),
            T::AtClusterOn | T::AtDropCluster => self.set(name, |known| {
                for index in &mut known.relation.indexes {
                    index.clustered = index.name == command.name;
                }
            }),
            _ => return self.alter_triggers(target, subtype, command),
        }
        true
    }

    fn set(&mut self, name: &QualifiedName, change: impl FnOnce(&mut Known)) {
        self.state.edit(name, change);
    }

    fn alter_triggers(&mut self, target: &Target, subtype: T, command: &AlterTableCmd) -> bool {
        let enabled = match subtype {
            T::AtEnableTrig | T::AtEnableTrigAll | T::AtEnableTrigUser | T::AtEnableRule => {
                TriggerEnabled::Origin
            }
            T::AtEnableAlwaysTrig | T::AtEnableAlwaysRule => TriggerEnabled::Always,
            T::AtEnableReplicaTrig | T::AtEnableReplicaRule => TriggerEnabled::Replica,
            T::AtDisableTrig | T::AtDisableTrigAll | T::AtDisableTrigUser | T::AtDisableRule => {
                TriggerEnabled::Disabled
            }
            _ => return false,
        };
        let one = Some(command.name.as_str()).filter(|name| !name.is_empty());
        let is_rule = matches!(
            subtype,
            T::AtEnableRule | T::AtEnableAlwaysRule | T::AtEnableReplicaRule | T::AtDisableRule
        );
        let site = self.site;
        let keys_too = matches!(subtype, T::AtEnableTrigAll | T::AtDisableTrigAll);
        let tables = if target.only || is_rule || self.partitions(&target.name).is_empty() {
            vec![target.name.clone()]
        } else {
            self.state.family(&target.name)
        };
        for table in tables {
            self.state.edit(&table, |known| {
                if is_rule {
                    let rules = known.relation.rules.iter_mut();
                    rules.filter(|rule| Some(rule.name.as_str()) == one).for_each(|r| r.enabled = enabled);
                    return;
                }
                let triggers = known.relation.triggers.iter_mut();
                let meant = triggers.filter(|trigger| one.is_none_or(|name| trigger.name == name));
                let names: Vec<String> = meant
                    .map(|trigger| {
                        trigger.enabled = enabled;
                        trigger.name.clone()
                    })
                    .collect();
                for name in names {
                    known.touch(ObjectKind::Trigger, &name, site);
                }
                if keys_too {
                    for constraint in &mut known.relation.constraints {
                        constraint.triggers_enabled = enabled == TriggerEnabled::Origin;
                    }
                }
            });
        }
        true
    }

    fn replica_identity(&mut self, name: &QualifiedName, command: &AlterTableCmd) {
        let Some(NodeEnum::ReplicaIdentityStmt(identity)) =
            command.def.as_deref().and_then(|def| def.node.as_ref())
        else {
            return;
        };
        let kind = match identity.identity_type.as_str() {
            "f" => ReplicaIdentity::Full,
            "n" => ReplicaIdentity::Nothing,
            "i" => ReplicaIdentity::Index,
            _ => ReplicaIdentity::Default,
        };
        self.set(name, |known| {
            known.relation.replica_identity = kind;
            for index in &mut known.relation.indexes {
                index.replica_identity = kind == ReplicaIdentity::Index && index.name == identity.name;
            }
        });
    }

    /// One action of `ALTER INDEX`.
    pub(super) fn alter_index(&mut self, name: &QualifiedName, command: &AlterTableCmd) {
        let Some(table) = self.state.index_tables.get(name).cloned() else { return };
        match T::try_from(command.subtype).unwrap_or(T::Undefined) {
            T::AtAttachPartition => {
                let Some(NodeEnum::PartitionCmd(partition)) =
                    command.def.as_deref().and_then(|def| def.node.as_ref())
                else {
                    return;
                };
                let Some(range) = &partition.name else { return };
                let below = self.relation(range);
                self.attach_index(&table, name, &below);
            }
            T::AtSetTableSpace => self.on_index(&table, name, |index| {
                index.tablespace = Some(command.name.clone()).filter(|space| space != "pg_default");
            }),
            _ => {}
        }
    }

    fn on_index(&mut self, table: &QualifiedName, name: &QualifiedName, change: impl FnOnce(&mut Index)) {
        self.state.edit(table, |known| {
            if let Some(index) = known.relation.indexes.iter_mut().find(|index| index.name == name.name) {
                change(index);
            }
        });
    }

    fn attach_index(&mut self, table: &QualifiedName, parent: &QualifiedName, below: &QualifiedName) {
        let Some(partition) = self.state.index_tables.get(below).cloned() else { return };
        self.state.edit(&partition, |known| {
            let indexes = &mut known.relation.indexes;
            let Some(index) = indexes.iter_mut().find(|index| index.name == below.name) else { return };
            index.attached = true;
            index.parent = Some(parent.name.clone());
            let constraint = index.constraint.clone();
            let constraints = &mut known.relation.constraints;
            if let Some(there) = constraints.iter_mut().find(|c| Some(&c.name) == constraint.as_ref()) {
                there.has_parent = true;
                there.is_local = false;
            }
        });
        // The parent's is valid once every partition has one that is attached and valid.
        let complete = self.partitions(table).iter().all(|partition| {
            self.state.relation(partition).is_some_and(|known| {
                known.relation.indexes.iter().any(|i| i.valid && i.parent.as_ref() == Some(&parent.name))
            })
        });
        if complete {
            self.on_index(table, parent, |index| index.valid = true);
        }
    }
}

/// Sets or resets options that are kept as `name=value`.
pub(in crate::state::simulate) fn set_options(there: &mut Vec<String>, options: &[&DefElem], sets: bool) {
    for option in options {
        let prefix = format!("{}=", option.defname);
        there.retain(|one| !one.starts_with(&prefix));
        if sets {
            there.push(nodes::option_text(option));
        }
    }
}
