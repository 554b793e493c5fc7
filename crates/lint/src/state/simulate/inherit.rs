//! What partitions and other children have from their parents.

use freehold_model::{
    catalog::{Column, Constraint, ConstraintKind, Index, Relation, RelationKind, Trigger},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{PartitionBoundSpec, PartitionRangeDatumKind},
};

use super::{Step, names, nodes};

/// Merges a parent's column into a child that is made.
pub(super) fn merge_column(child: &mut Relation, column: &Column, partition: bool) {
    if let Some(there) = child.columns.iter_mut().find(|there| there.name == column.name) {
        there.inherited += 1;
        there.not_null |= column.not_null;
        there.is_local &= !partition;
        return;
    }
    child.columns.push(Column {
        is_local: false,
        inherited: 1,
        identity: None,
        default: column.default.clone().filter(|_| column.identity.is_none()),
        grants: freehold_model::catalog::Grants::default(),
        comment: None,
        statistics_target: None,
        options: Vec::new(),
        ..column.clone()
    });
}

/// Merges a parent's checks into a child.
pub(super) fn merge_checks(child: &mut Relation, parent: &Relation, partition: bool) {
    let checks =
        parent.constraints.iter().filter(|check| check.kind == ConstraintKind::Check && !check.no_inherit);
    for check in checks {
        match child.constraints.iter_mut().find(|there| there.name == check.name) {
            Some(there) => there.is_local &= !partition,
            None => add(
                &mut child.constraints,
                Constraint { oid: 0, is_local: false, comment: None, ..check.clone() },
            ),
        }
    }
}

/// Puts a constraint in its place among the others, which is by name.
pub(super) fn add(constraints: &mut Vec<Constraint>, constraint: Constraint) {
    let at = constraints.partition_point(|there| there.name < constraint.name);
    constraints.insert(at, constraint);
}

/// A bound as the server writes it.
pub(super) fn bound_text(bound: &PartitionBoundSpec) -> String {
    if bound.is_default {
        return "DEFAULT".to_owned();
    }
    let listed =
        |nodes: &[freehold_sql::tree::protobuf::Node]| nodes.iter().map(datum).collect::<Vec<_>>().join(", ");
    match bound.strategy.as_str() {
        "h" => format!("FOR VALUES WITH (modulus {}, remainder {})", bound.modulus, bound.remainder),
        "l" => format!("FOR VALUES IN ({})", listed(&bound.listdatums)),
        _ => {
            format!("FOR VALUES FROM ({}) TO ({})", listed(&bound.lowerdatums), listed(&bound.upperdatums))
        }
    }
}

fn datum(node: &freehold_sql::tree::protobuf::Node) -> String {
    if let Some(NodeEnum::PartitionRangeDatum(datum)) = node.node.as_ref() {
        return match PartitionRangeDatumKind::try_from(datum.kind) {
            Ok(PartitionRangeDatumKind::PartitionRangeDatumMinvalue) => "MINVALUE".to_owned(),
            Ok(PartitionRangeDatumKind::PartitionRangeDatumMaxvalue) => "MAXVALUE".to_owned(),
            _ => datum.value.as_deref().map(self::datum).unwrap_or_default(),
        };
    }
    if let Some(NodeEnum::ColumnRef(word)) = node.node.as_ref() {
        let word = nodes::texts(&word.fields).pop().unwrap_or_default();
        if word.eq_ignore_ascii_case("minvalue") || word.eq_ignore_ascii_case("maxvalue") {
            return word.to_ascii_uppercase();
        }
    }
    nodes::expression(Some(node)).unwrap_or_default()
}

impl Step<'_> {
    /// Gives a new or attached partition what its parent has: indexes, foreign keys, triggers.
    pub(super) fn hand_down(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        let Some(above) = self.state.relation(parent) else { return };
        let indexes = above.relation.indexes.clone();
        let keys: Vec<Constraint> = above
            .relation
            .foreign_keys()
            .filter(|key| !self.is_to_partition(&above.relation, key))
            .cloned()
            .collect();
        let triggers: Vec<Trigger> =
            above.relation.triggers.iter().filter(|trigger| is_for_rows(trigger)).cloned().collect();
        let foreign =
            self.state.relation(child).is_some_and(|k| k.relation.kind == RelationKind::ForeignTable);
        if !foreign {
            for index in &indexes {
                self.index_of_partition(parent, index, child);
            }
        }
        for key in &keys {
            self.key_of_partition(key, child);
        }
        self.state.edit(child, |known| {
            for trigger in triggers {
                if !known.relation.triggers.iter().any(|there| there.name == trigger.name) {
                    let definition = trigger.definition.replace(
                        &format!(" ON {} ", super::sequence::shown(parent)),
                        &format!(" ON {} ", super::sequence::shown(child)),
                    );
                    let at = known.relation.triggers.partition_point(|there| there.name < trigger.name);
                    known
                        .relation
                        .triggers
                        .insert(at, Trigger { definition, oid: 0, comment: None, ..trigger });
                }
            }
        });
        self.keys_to_partition(parent, child);
    }

    /// Makes, or attaches, the index of a partition that belongs to one of its parent, and goes on below.
    pub(super) fn index_of_partition(
        &mut self,
        parent: &QualifiedName,
        index: &Index,
        child: &QualifiedName,
    ) {
        let Some(known) = self.state.relation(child) else { return };
        let same = |there: &&Index| {
            !there.attached
                && there.valid
                && there.method == index.method
                && there.columns == index.columns
                && there.included == index.included
                && there.predicate == index.predicate
                && there.unique == index.unique
                && there.constraint.is_some() == index.constraint.is_some()
        };
        let partitioned = known.relation.kind == RelationKind::PartitionedTable;
        let there = known.relation.indexes.iter().find(same).map(|there| there.name.clone());
        let name = match there {
            Some(name) => name,
            None => {
                let base =
                    index.columns.iter().map(super::index::base_name).chain(index.included.iter().cloned());
                let columns = names::distinct(base.collect());
                let kind = super::index::NameKind::of(index);
                let name = self.state.choose_index_name(child, &columns, kind);
                let made = Index {
                    name: name.clone(),
                    constraint: index.constraint.as_ref().map(|_| name.clone()),
                    definition: super::index::defined_for(index, child, &name, partitioned),
                    parent: None,
                    attached: false,
                    replica_identity: false,
                    clustered: false,
                    comment: None,
                    oid: 0,
                    relfilenode: 0,
                    ..index.clone()
                };
                let constraint = index.constraint.as_deref().and_then(|constraint| {
                    let above = self.state.relation(parent)?;
                    above.relation.constraint(constraint).cloned()
                });
                self.put_index(child, made);
                if let Some(constraint) = constraint {
                    let made = Constraint {
                        name: name.clone(),
                        oid: 0,
                        index_oid: None,
                        comment: None,
                        ..constraint
                    };
                    self.state.edit(child, |known| add(&mut known.relation.constraints, made));
                }
                name
            }
        };
        let parent_index = index.name.clone();
        let made = self.state.edit(child, |known| {
            let index = known.relation.indexes.iter_mut().find(|there| there.name == name)?;
            index.attached = true;
            index.parent = Some(parent_index);
            let (primary, constraint, made) = (index.primary, index.constraint.clone(), index.clone());
            if primary {
                set_key_not_null(&mut known.relation);
            }
            if let Some(there) =
                constraint.and_then(|name| known.relation.constraints.iter_mut().find(|c| c.name == name))
            {
                there.has_parent = true;
                there.is_local = false;
            }
            Some(made)
        });
        let Some(made) = made.flatten() else { return };
        for grandchild in self.partitions(child) {
            self.index_of_partition(child, &made, &grandchild);
        }
    }

    /// Makes, or attaches, the foreign key of a partition that belongs to one of its parent, and goes on below.
    pub(super) fn key_of_partition(&mut self, key: &Constraint, child: &QualifiedName) {
        let Some(known) = self.state.relation(child) else { return };
        let there = known.relation.foreign_keys().find(|there| {
            there.columns == key.columns
                && there.referenced_table == key.referenced_table
                && there.referenced_columns == key.referenced_columns
                && there.on_delete == key.on_delete
                && there.on_update == key.on_update
                && there.deferrable == key.deferrable
                && !there.has_parent
        });
        let name = match there {
            Some(there) => there.name.clone(),
            None => {
                let taken = known.relation.constraint(&key.name).is_some();
                let name = if taken {
                    let columns = names::addition(&key.columns);
                    self.state.choose_constraint_name(&child.schema, &child.name, Some(&columns), "fkey")
                } else {
                    key.name.clone()
                };
                let made = Constraint { name: name.clone(), oid: 0, comment: None, ..key.clone() };
                self.state.edit(child, |known| add(&mut known.relation.constraints, made));
                name
            }
        };
        self.state.edit(child, |known| {
            if let Some(there) = known.relation.constraints.iter_mut().find(|there| there.name == name) {
                there.has_parent = true;
                there.is_local = false;
                there.validated |= key.validated;
            }
        });
        let made = Constraint { name, ..key.clone() };
        for grandchild in self.partitions(child) {
            self.key_of_partition(&made, &grandchild);
        }
    }

    /// True for a key that the server keeps beside another one, for one partition of that one's table.
    fn is_to_partition(&self, relation: &Relation, key: &Constraint) -> bool {
        let target = key.referenced_table.as_ref().and_then(|table| self.state.relation(table));
        let Some(above) = target.and_then(|known| known.relation.partition.as_ref()) else { return false };
        key.has_parent
            && relation.foreign_keys().any(|other| {
                other.columns == key.columns && other.referenced_table.as_ref() == Some(&above.parent)
            })
    }

    /// For each foreign key to a partitioned table the server keeps one more for each of its partitions.
    pub(super) fn keys_to_partition(&mut self, parent: &QualifiedName, child: &QualifiedName) {
        for table in self.state.pointing(parent, crate::state::Link::ForeignKey) {
            let Some(known) = self.state.relation(&table) else { continue };
            let keys: Vec<Constraint> = known
                .relation
                .foreign_keys()
                .filter(|key| key.referenced_table.as_ref() == Some(parent))
                // In a partition the key is its parent's; the server hangs the new one on that.
                .filter(|key| known.relation.partition.is_none() || !key.has_parent)
                .cloned()
                .collect();
            for key in keys {
                self.key_to_partition(&table, &key, child);
            }
        }
    }

    /// The key to one partition of the table that a key points to.
    pub(super) fn key_to_partition(
        &mut self,
        table: &QualifiedName,
        key: &Constraint,
        child: &QualifiedName,
    ) {
        let columns = names::addition(&key.columns);
        let name = self.state.choose_constraint_name(&table.schema, &table.name, Some(&columns), "fkey");
        let made = Constraint {
            name,
            oid: 0,
            referenced_table: Some(child.clone()),
            has_parent: true,
            is_local: false,
            comment: None,
            ..key.clone()
        };
        let mut made = made;
        made.definition = super::foreign_key::key_definition(&made);
        self.state.edit(table, |known| add(&mut known.relation.constraints, made.clone()));
        for grandchild in self.partitions(child) {
            self.key_to_partition(table, &made, &grandchild);
        }
    }

    /// The partitions of a table.
    pub(super) fn partitions(&self, table: &QualifiedName) -> Vec<QualifiedName> {
        let partitioned = self
            .state
            .relation(table)
            .is_some_and(|known| known.relation.kind == RelationKind::PartitionedTable);
        if partitioned { self.state.heirs(table) } else { Vec::new() }
    }
}

/// The columns of the primary key are NOT NULL.
pub(super) fn set_key_not_null(relation: &mut Relation) {
    let key = relation.indexes.iter().find(|index| index.primary);
    let columns: Vec<String> = key
        .map(|index| index.columns.iter().filter_map(|c| c.column().map(str::to_owned)).collect())
        .unwrap_or_default();
    for column in relation.columns.iter_mut().filter(|column| columns.contains(&column.name)) {
        column.not_null = true;
    }
}

fn is_for_rows(trigger: &Trigger) -> bool {
    trigger.definition.to_ascii_uppercase().contains(" FOR EACH ROW ")
}
