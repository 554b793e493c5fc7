//! `ALTER TABLE` and its kin, action by action, in the order in which PostgreSQL carries them out.

mod partition;
mod storage;

pub(super) use storage::set_options;

use freehold_model::{
    catalog::{Constraint, ConstraintKind, ObjectKind, RelationKind},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{AlterTableCmd, AlterTableStmt, AlterTableType as T, ConstrType, ObjectType},
};

use super::{Step, constraint::Manner, nodes};

/// What the actions of one statement share.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) name: QualifiedName,
    /// Written with `ONLY`.
    pub(super) only: bool,
}

impl Step<'_> {
    pub(super) fn alter_table(&mut self, alter: &AlterTableStmt) {
        let Some(range) = &alter.relation else { return };
        let name = self.relation(range);
        let mut commands: Vec<&AlterTableCmd> = alter
            .cmds
            .iter()
            .filter_map(|node| match node.node.as_ref()? {
                NodeEnum::AlterTableCmd(command) => Some(command.as_ref()),
                _ => None,
            })
            .collect();
        commands.sort_by_key(|command| pass(command));
        if self.state.index_tables.contains(&name)
            || ObjectType::try_from(alter.objtype) == Ok(ObjectType::ObjectIndex)
        {
            for command in commands {
                self.alter_index(&name, command);
            }
            return;
        }
        if alter.missing_ok && !self.state.relations.contains(&name) {
            return;
        }
        if !self.state.suppose(&name) {
            return;
        }
        self.suppose_kind(&name, alter.objtype);
        let target = Target { name, only: !range.inh };
        for command in commands {
            let subtype = T::try_from(command.subtype).unwrap_or(T::Undefined);
            let done = self.alter_column(&target, subtype, command)
                || self.alter_constraint(&target, subtype, command)
                || self.alter_partition(&target, subtype, command)
                || self.alter_storage(&target, subtype, command);
            if !done && subtype == T::Undefined {
                self.state.edit(&target.name, |known| known.whole = false);
            }
        }
    }

    /// The kind that the statement tells of a relation which nothing else was known of.
    fn suppose_kind(&mut self, name: &QualifiedName, objtype: i32) {
        let kind = match ObjectType::try_from(objtype) {
            Ok(ObjectType::ObjectView) => RelationKind::View,
            Ok(ObjectType::ObjectMatview) => RelationKind::MaterializedView,
            Ok(ObjectType::ObjectSequence) => RelationKind::Sequence,
            Ok(ObjectType::ObjectForeignTable) => RelationKind::ForeignTable,
            Ok(ObjectType::ObjectType) => RelationKind::CompositeType,
            _ => return,
        };
        self.state.edit(name, |known| {
            if known.made.is_none() && !known.whole && known.relation.kind == RelationKind::Table {
                known.relation.kind = kind;
            }
        });
    }

    fn alter_constraint(&mut self, target: &Target, subtype: T, command: &AlterTableCmd) -> bool {
        let definition = command.def.as_deref().and_then(|def| def.node.as_ref());
        match (subtype, definition) {
            (T::AtAddConstraint, Some(NodeEnum::Constraint(constraint))) => {
                let manner = Manner { new_table: false, only: target.only };
                self.add_constraint(&target.name, constraint, None, manner);
            }
            (T::AtValidateConstraint, _) => self.validate(&target.name, &command.name),
            (T::AtDropConstraint, _) => {
                let cascade = super::drop::cascades(command.behavior);
                self.drop_constraint(&target.name, &command.name, cascade, target.only);
            }
            (T::AtAlterConstraint, Some(NodeEnum::AtalterConstraint(change))) => {
                let site = self.site;
                self.state.edit(&target.name, |known| {
                    known.touch(ObjectKind::Constraint, &change.conname, site);
                    let constraints = &mut known.relation.constraints;
                    let Some(there) = constraints.iter_mut().find(|there| there.name == change.conname)
                    else {
                        return;
                    };
                    if change.alter_deferrability {
                        there.deferrable =
                            super::constraint::deferrable(change.deferrable, change.initdeferred);
                    }
                    if change.alter_enforceability {
                        there.enforced = change.is_enforced;
                        there.validated = change.is_enforced;
                    }
                    if there.kind == ConstraintKind::ForeignKey {
                        there.definition = super::foreign_key::key_definition(there);
                    }
                });
            }
            _ => return false,
        }
        true
    }

    /// `VALIDATE CONSTRAINT`: checks of children are validated with it.
    fn validate(&mut self, table: &QualifiedName, name: &str) {
        let site = self.site;
        for member in self.state.family(table) {
            self.state.edit(&member, |known| {
                let constraints = &mut known.relation.constraints;
                let Some(there) = constraints.iter_mut().find(|there| there.name == name) else { return };
                if !there.validated {
                    there.validated = true;
                    there.definition = there.definition.replace(" NOT VALID", "");
                    known.touch(ObjectKind::Constraint, name, site);
                }
            });
        }
    }

    /// Takes a constraint away with its index, and nothing from the children.
    pub(super) fn take_constraint(
        &mut self,
        table: &QualifiedName,
        name: &str,
        cascade: bool,
    ) -> Option<Constraint> {
        let known = self.state.relation(table)?;
        let gone = known.relation.constraint(name).cloned()?;
        let index = known.relation.indexes.iter().find(|index| index.constraint.as_deref() == Some(name));
        let index = index.map(|index| QualifiedName::new(table.schema.as_str(), index.name.as_str()));
        if cascade {
            self.drop_keys_to(table, Some(&gone.columns));
        }
        if gone.kind == ConstraintKind::ForeignKey {
            self.drop_keys_below(table, &gone);
        }
        if let Some(index) = index {
            self.drop_index(&index);
        }
        self.state.edit(table, |known| {
            known.relation.constraints.retain(|there| there.name != name);
            known.untouch(ObjectKind::Constraint, name);
        });
        Some(gone)
    }

    /// Takes a constraint away, also from the children that have it from here.
    pub(super) fn drop_constraint(&mut self, table: &QualifiedName, name: &str, cascade: bool, only: bool) {
        let Some(gone) = self.take_constraint(table, name, cascade) else { return };
        let inherits = gone.kind == ConstraintKind::Check && !gone.no_inherit;
        if inherits || gone.kind == ConstraintKind::ForeignKey {
            for heir in self.state.heirs(table) {
                let there = self.state.relation(&heir).and_then(|known| known.relation.constraint(name));
                let Some(there) = there else { continue };
                if there.is_local && !there.has_parent {
                    continue;
                }
                if only {
                    self.state.edit(&heir, |known| {
                        if let Some(there) = known.relation.constraints.iter_mut().find(|c| c.name == name) {
                            there.is_local = true;
                            there.has_parent = false;
                        }
                    });
                } else {
                    self.drop_constraint(&heir, name, cascade, false);
                }
            }
        }
    }

    /// A key to a partitioned table has one more for each of its partitions.
    fn drop_keys_below(&mut self, table: &QualifiedName, key: &Constraint) {
        let Some(target) = &key.referenced_table else { return };
        let below = self.state.family(target);
        if below.len() < 2 {
            return;
        }
        self.state.edit(table, |known| {
            known.relation.constraints.retain(|there| {
                !(there.has_parent
                    && there.columns == key.columns
                    && there.referenced_table.as_ref().is_some_and(|t| t != target && below.contains(t)))
            });
        });
    }

    /// Takes foreign keys to a table away: all, or those to these columns.
    pub(super) fn drop_keys_to(&mut self, target: &QualifiedName, columns: Option<&[String]>) {
        for table in self.state.pointing(target, crate::state::Link::ForeignKey) {
            let gone: Vec<String> = self.state.relation(&table).map_or_else(Vec::new, |known| {
                let keys = known.relation.foreign_keys();
                keys.filter(|key| key.referenced_table.as_ref() == Some(target))
                    .filter(|key| {
                        columns.is_none_or(|columns| {
                            key.referenced_columns.is_empty()
                                || key.referenced_columns.iter().all(|column| columns.contains(column))
                        })
                    })
                    .map(|key| key.name.clone())
                    .collect()
            });
            for name in gone {
                self.drop_constraint(&table, &name, false, false);
            }
        }
    }
}

/// When an action has its turn.
fn pass(command: &AlterTableCmd) -> u8 {
    match T::try_from(command.subtype).unwrap_or(T::Undefined) {
        T::AtDropColumn
        | T::AtDropConstraint
        | T::AtDropNotNull
        | T::AtDropIdentity
        | T::AtDropExpression => 0,
        T::AtColumnDefault if command.def.is_none() => 0,
        T::AtAlterColumnType => 1,
        T::AtAddColumn => 2,
        T::AtSetExpression => 3,
        T::AtSetNotNull => 4,
        T::AtAddConstraint => {
            match command.def.as_deref().and_then(|def| super::constraint::of_node(def.node.as_ref()?)) {
                Some(constraint) if constraint.contype == ConstrType::ConstrForeign as i32 => 7,
                Some(constraint) if constraint.contype == ConstrType::ConstrCheck as i32 => 5,
                _ => 6,
            }
        }
        T::AtColumnDefault | T::AtAddIdentity => 7,
        _ => 8,
    }
}

impl Step<'_> {
    /// The names of options in a list, each as `name=value`.
    pub(super) fn options_of(command: &AlterTableCmd) -> Vec<&freehold_sql::tree::protobuf::DefElem> {
        command.def.as_deref().map(|def| nodes::options(nodes::list(def)).collect()).unwrap_or_default()
    }
}
