//! Partitions that come and go, and parents.

use freehold_model::{
    catalog::{ConstraintKind, ObjectKind, Partition},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{AlterTableCmd, AlterTableType as T, PartitionCmd},
};

use super::{super::Step, super::inherit, Target};

impl Step<'_> {
    /// False when the action is another's.
    pub(super) fn alter_partition(&mut self, target: &Target, subtype: T, command: &AlterTableCmd) -> bool {
        match (subtype, command.def.as_deref().and_then(|def| def.node.as_ref())) {
            (T::AtAttachPartition, Some(NodeEnum::PartitionCmd(partition))) => {
                self.attach(&target.name, partition);
            }
            (
                T::AtDetachPartition | T::AtDetachPartitionFinalize,
                Some(NodeEnum::PartitionCmd(partition)),
            ) => {
                if let Some(range) = &partition.name {
                    let child = self.relation(range);
                    self.detach(&target.name, &child);
                }
            }
            (T::AtAddInherit, Some(NodeEnum::RangeVar(range))) => {
                let parent = self.relation(range);
                self.inherit(&parent, &target.name);
            }
            (T::AtDropInherit, Some(NodeEnum::RangeVar(range))) => {
                let parent = self.relation(range);
                self.disinherit(&parent, &target.name);
                self.state.edit(&target.name, |known| known.relation.inherits.retain(|p| *p != parent));
            }
            (T::AtAddOf, Some(NodeEnum::TypeName(type_))) => {
                let type_ = self.state.type_text(type_);
                self.state.edit(&target.name, |known| known.relation.of_type = Some(type_));
            }
            (T::AtDropOf, _) => {
                self.state.edit(&target.name, |known| known.relation.of_type = None);
            }
            _ => return false,
        }
        true
    }

    fn attach(&mut self, parent: &QualifiedName, command: &PartitionCmd) {
        let (Some(range), Some(bound)) = (&command.name, &command.bound) else { return };
        let child = self.relation(range);
        if !self.state.suppose(&child) {
            return;
        }
        self.state.edit(parent, |known| {
            known.relation.kind = freehold_model::catalog::RelationKind::PartitionedTable;
        });
        let site = self.site;
        self.merge_from(parent, &child, true);
        self.state.edit(&child, |known| {
            known.relation.partition = Some(Partition {
                parent: parent.clone(),
                bound: inherit::bound_text(bound),
                detach_pending: false,
            });
            // The place among the partitions is the relation's own part.
            known.touch(ObjectKind::Table, &child.name, site);
        });
        self.hand_down(parent, &child);
    }

    fn inherit(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        self.merge_from(parent, child, false);
        self.state.edit(child, |known| known.relation.inherits.push(parent.clone()));
    }

    /// Columns and checks of the child are the parent's as well.
    fn merge_from(&mut self, parent: &QualifiedName, child: &QualifiedName, partition: bool) {
        let Some(above) = self.state.relation(parent).map(|known| known.relation.clone()) else { return };
        self.state.edit(child, |known| {
            for column in &above.columns {
                if let Some(there) = known.relation.columns.iter_mut().find(|c| c.name == column.name) {
                    there.inherited += 1;
                    there.is_local &= !partition;
                }
            }
            for check in above.constraints.iter().filter(|c| c.kind == ConstraintKind::Check && !c.no_inherit)
            {
                if let Some(there) = known.relation.constraints.iter_mut().find(|c| c.name == check.name) {
                    there.is_local &= !partition;
                }
            }
        });
    }

    /// The child's columns and checks are its own again.
    fn disinherit(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        let Some(above) = self.state.relation(parent).map(|known| known.relation.clone()) else { return };
        self.state.edit(child, |known| {
            for column in &above.columns {
                if let Some(there) = known.relation.columns.iter_mut().find(|c| c.name == column.name) {
                    there.inherited = there.inherited.saturating_sub(1);
                    there.is_local |= there.inherited == 0;
                }
            }
            for check in above.constraints.iter().filter(|c| c.kind == ConstraintKind::Check && !c.no_inherit)
            {
                if let Some(there) = known.relation.constraints.iter_mut().find(|c| c.name == check.name) {
                    there.is_local = true;
                }
            }
        });
    }

    /// The partition stands alone: what came from above is its own, cloned triggers are gone.
    fn detach(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        self.disinherit(parent, child);
        let triggers: Vec<String> = self
            .state
            .relation(parent)
            .map(|known| known.relation.triggers.iter().map(|trigger| trigger.name.clone()).collect())
            .unwrap_or_default();
        let site = self.site;
        self.state.edit(child, |known| {
            known.relation.partition = None;
            known.relation.triggers.retain(|trigger| !triggers.contains(&trigger.name));
            for index in &mut known.relation.indexes {
                index.attached = false;
                index.parent = None;
            }
            for constraint in &mut known.relation.constraints {
                constraint.has_parent = false;
                constraint.is_local = true;
            }
            known.touch(ObjectKind::Table, &child.name, site);
        });
        // Keys to the parent no longer reach here.
        for table in self.state.pointing(child, crate::state::Link::ForeignKey) {
            self.state.edit(&table, |known| {
                known
                    .relation
                    .constraints
                    .retain(|key| !(key.has_parent && key.referenced_table.as_ref() == Some(child)));
            });
        }
    }
}
