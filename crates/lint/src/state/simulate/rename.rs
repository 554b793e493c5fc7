//! `RENAME` and `SET SCHEMA`, and who refers to what is renamed.

use freehold_model::{
    catalog::{ConstraintKind, ObjectKind},
    name::QualifiedName,
};
use freehold_sql::tree::protobuf::{AlterObjectSchemaStmt, ObjectType, RenameStmt};

use super::{Step, names};
use crate::state::Link;

impl Step<'_> {
    pub(super) fn rename(&mut self, rename: &RenameStmt) {
        let to = names::kept(&rename.newname);
        let kind = ObjectType::try_from(rename.rename_type).unwrap_or(ObjectType::Undefined);
        match kind {
            ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable
            | ObjectType::ObjectIndex => {
                let Some(range) = &rename.relation else { return };
                let name = self.relation(range);
                if self.state.index_tables.contains(&name) {
                    self.rename_index(&name, to);
                } else if kind != ObjectType::ObjectIndex
                    && (!rename.missing_ok || self.state.relations.contains(&name))
                    && self.state.suppose(&name)
                {
                    self.rename_relation(&name, &QualifiedName::new(name.schema.as_str(), to));
                }
            }
            ObjectType::ObjectColumn | ObjectType::ObjectAttribute => {
                let Some(range) = &rename.relation else { return };
                let name = self.relation(range);
                if (rename.missing_ok && !self.state.relations.contains(&name)) || !self.state.suppose(&name)
                {
                    return;
                }
                let tables = if range.inh { self.state.family(&name) } else { vec![name] };
                for table in tables {
                    self.rename_column(&table, &rename.subname, to);
                }
            }
            ObjectType::ObjectTabconstraint => {
                let Some(range) = &rename.relation else { return };
                let name = self.relation(range);
                self.rename_constraint(&name, &rename.subname, to);
            }
            ObjectType::ObjectTrigger | ObjectType::ObjectPolicy | ObjectType::ObjectRule => {
                let Some(range) = &rename.relation else { return };
                let name = self.relation(range);
                self.rename_part(&name, kind, &rename.subname, to);
            }
            _ => self.rename_other(kind, rename),
        }
    }

    pub(super) fn move_object(&mut self, alter: &AlterObjectSchemaStmt) {
        let kind = ObjectType::try_from(alter.object_type).unwrap_or(ObjectType::Undefined);
        match kind {
            ObjectType::ObjectTable
            | ObjectType::ObjectView
            | ObjectType::ObjectMatview
            | ObjectType::ObjectSequence
            | ObjectType::ObjectForeignTable => {
                let Some(range) = &alter.relation else { return };
                let name = self.relation(range);
                if alter.missing_ok && !self.state.relations.contains(&name) || !self.state.suppose(&name) {
                    return;
                }
                let owned = self.sequences_of(&name, None);
                self.rename_relation(
                    &name,
                    &QualifiedName::new(alter.newschema.as_str(), name.name.as_str()),
                );
                for sequence in owned {
                    let to = QualifiedName::new(alter.newschema.as_str(), sequence.name.as_str());
                    self.rename_relation(&sequence, &to);
                }
            }
            _ => self.move_other(kind, alter),
        }
    }

    /// Gives a relation another name or schema; all that points to it follows.
    pub(super) fn rename_relation(&mut self, from: &QualifiedName, to: &QualifiedName) {
        let heirs = self.state.heirs(from);
        let keys = self.state.pointing(from, Link::ForeignKey);
        let views = self.state.pointing(from, Link::View);
        let sequences = self.state.pointing(from, Link::Sequence);
        let drawing = self.state.pointing(from, Link::Default);
        let Some(known) = self.state.forget_relation(from) else { return };
        let mut known = std::sync::Arc::unwrap_or_clone(known);
        known.relation.name = to.clone();
        let (before, after) = (super::sequence::shown(from), super::sequence::shown(to));
        for index in &mut known.relation.indexes {
            index.definition =
                index.definition.replacen(&format!(" {before} USING "), &format!(" {after} USING "), 1);
        }
        for trigger in &mut known.relation.triggers {
            trigger.definition =
                trigger.definition.replacen(&format!(" ON {before} "), &format!(" ON {after} "), 1);
        }
        self.state.put_relation(known);
        let follow = |name: QualifiedName| if name == *from { to.clone() } else { name };
        for heir in heirs {
            self.state.edit(&follow(heir), |known| {
                if let Some(partition) = known.relation.partition.as_mut().filter(|p| p.parent == *from) {
                    partition.parent = to.clone();
                }
                for parent in known.relation.inherits.iter_mut().filter(|parent| *parent == from) {
                    *parent = to.clone();
                }
            });
        }
        for table in keys {
            self.state.edit(&follow(table), |known| {
                for key in known.relation.constraints.iter_mut() {
                    if key.referenced_table.as_ref() == Some(from) {
                        key.referenced_table = Some(to.clone());
                        key.definition = super::foreign_key::key_definition(key);
                    }
                }
            });
        }
        for table in drawing {
            self.state.edit(&follow(table), |known| {
                for column in &mut known.relation.columns {
                    if column.default.as_deref().and_then(super::sequence::drawn).as_ref() == Some(from) {
                        column.default = Some(super::sequence::drawing(to));
                    }
                }
            });
        }
        for view in views {
            self.state.edit(&follow(view), |known| {
                for read in known.reads.iter_mut().filter(|read| *read == from) {
                    *read = to.clone();
                }
                // Its text speaks of the old name.
                known.whole = false;
            });
        }
        for sequence in sequences {
            self.state.edit(&follow(sequence), |known| {
                if let Some(owner) = known.relation.sequence.as_mut().and_then(|s| s.owned_by.as_mut()) {
                    owner.table = to.clone();
                }
            });
        }
    }

    /// Gives an index another name, and the constraint that it serves the same one.
    pub(super) fn rename_index(&mut self, from: &QualifiedName, to: &str) {
        let Some(table) = self.state.index_tables.take(from) else { return };
        self.state.index_tables.put(QualifiedName::new(from.schema.as_str(), to), table.clone());
        self.state.edit(&table, |known| {
            known.rename_part(ObjectKind::Index, &from.name, to);
            let constraint =
                known.relation.indexes.iter_mut().find(|i| i.name == from.name).and_then(|index| {
                    index.definition = index.definition.replacen(
                        &format!("INDEX {} ON", super::names::quoted(&index.name)),
                        &format!("INDEX {} ON", super::names::quoted(to)),
                        1,
                    );
                    to.clone_into(&mut index.name);
                    index.constraint.replace(to.to_owned()).or_else(|| {
                        index.constraint = None;
                        None
                    })
                });
            known.relation.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            if let Some(constraint) = constraint {
                known.rename_part(ObjectKind::Constraint, &constraint, to);
                let constraints = &mut known.relation.constraints;
                if let Some(there) = constraints.iter_mut().find(|there| there.name == constraint) {
                    to.clone_into(&mut there.name);
                }
                constraints.sort_by(|a, b| a.name.cmp(&b.name));
            }
        });
        for partition in self.partitions(&table) {
            self.state.edit(&partition, |known| {
                for index in known.relation.indexes.iter_mut() {
                    if index.parent.as_ref() == Some(&from.name) {
                        index.parent = Some(to.to_owned());
                    }
                }
            });
        }
    }

    fn rename_constraint(&mut self, table: &QualifiedName, from: &str, to: &str) {
        let Some(known) = self.state.relation(table) else { return };
        let index = known.relation.indexes.iter().find(|index| index.constraint.as_deref() == Some(from));
        if let Some(index) = index.map(|index| index.name.clone()) {
            self.rename_index(&QualifiedName::new(table.schema.as_str(), index), to);
            return;
        }
        let check =
            known.relation.constraint(from).is_some_and(|c| c.kind == ConstraintKind::Check && !c.no_inherit);
        let tables = if check { self.state.family(table) } else { vec![table.clone()] };
        for table in tables {
            self.state.edit(&table, |known| {
                known.rename_part(ObjectKind::Constraint, from, to);
                let constraints = &mut known.relation.constraints;
                for constraint in constraints.iter_mut().filter(|constraint| constraint.name == from) {
                    to.clone_into(&mut constraint.name);
                }
                constraints.sort_by(|a, b| a.name.cmp(&b.name));
            });
        }
    }

    fn rename_part(&mut self, table: &QualifiedName, kind: ObjectType, from: &str, to: &str) {
        let tables =
            if kind == ObjectType::ObjectTrigger { self.state.family(table) } else { vec![table.clone()] };
        for table in tables {
            self.state.edit(&table, |known| match kind {
                ObjectType::ObjectTrigger => {
                    known.rename_part(ObjectKind::Trigger, from, to);
                    for trigger in known.relation.triggers.iter_mut().filter(|t| t.name == from) {
                        to.clone_into(&mut trigger.name);
                    }
                    known.relation.triggers.sort_by(|a, b| a.name.cmp(&b.name));
                }
                ObjectType::ObjectPolicy => {
                    known.rename_part(ObjectKind::Policy, from, to);
                    for policy in known.relation.policies.iter_mut().filter(|p| p.name == from) {
                        to.clone_into(&mut policy.name);
                    }
                    known.relation.policies.sort_by(|a, b| a.name.cmp(&b.name));
                }
                _ => {
                    for rule in known.relation.rules.iter_mut().filter(|rule| rule.name == from) {
                        to.clone_into(&mut rule.name);
                    }
                }
            });
        }
    }
}
