//! A catalog taken apart into things that are made, altered and dropped each by itself, with what each one needs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use freehold_model::{
    catalog::{
        Catalog, CatalogObject, Column, Constraint, Extension, Function, Index, Other, Policy, Relation,
        RelationKind, Rule, Schema, SequenceOwner, Statistics, Trigger, TypeObject,
    },
    name::QualifiedName,
};

use super::{
    key::{Key, Part},
    mentions::Names,
    needs,
};

/// What a thing is, in its catalog.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'c> {
    Schema(&'c Schema),
    Extension(&'c Extension),
    Type(&'c TypeObject),
    Relation(&'c Relation),
    Column(&'c Relation, &'c Column),
    Default(&'c Relation, &'c Column),
    /// The table, its column, and the sequence where it is known.
    Identity(&'c Relation, &'c Column, Option<&'c Relation>),
    /// The sequence and the column that it belongs to.
    OwnedBy(&'c Relation, &'c SequenceOwner),
    /// The partition.
    Attached(&'c Relation),
    /// The heir and the table above.
    Inherits(&'c Relation, &'c QualifiedName),
    Constraint(&'c Relation, &'c Constraint),
    Index(&'c Relation, &'c Index),
    /// The table, its index, and the index above.
    IndexAttached(&'c Relation, &'c Index, &'c str),
    Trigger(&'c Relation, &'c Trigger),
    Rule(&'c Relation, &'c Rule),
    Policy(&'c Relation, &'c Policy),
    Statistics(&'c Relation, &'c Statistics),
    Function(&'c Function),
    Other(&'c Other),
}

/// A thing of a catalog.
#[derive(Debug)]
pub(super) struct Thing<'c> {
    pub(super) subject: Subject<'c>,
    /// What must be there while it is there.
    pub(super) needs: BTreeSet<Key>,
    /// What should be there before it is made, if that can be.
    pub(super) wishes: BTreeSet<Key>,
    /// With what it goes.
    pub(super) within: Option<Key>,
}

/// A catalog and its things.
#[derive(Debug)]
pub(super) struct Side<'c> {
    pub(super) catalog: &'c Catalog,
    pub(super) names: Names,
    pub(super) things: BTreeMap<Key, Thing<'c>>,
    /// Sequences behind identity columns, by table and column.
    identities: HashMap<(&'c QualifiedName, &'c str), &'c Relation>,
}

impl<'c> Side<'c> {
    pub(super) fn of(catalog: &'c Catalog) -> Self {
        let owned = catalog.relations.iter().filter_map(|relation| {
            let owner = relation.sequence.as_ref()?.owned_by.as_ref().filter(|owner| owner.identity)?;
            Some(((&owner.table, owner.column.as_str()), relation))
        });
        let identities = owned.collect();
        let mut side = Self { catalog, names: Names::of(catalog), things: BTreeMap::new(), identities };
        for schema in &catalog.schemas {
            side.add(Key::Schema(schema.name.clone()), Subject::Schema(schema), None);
        }
        for extension in &catalog.extensions {
            side.add(Key::Extension(extension.name.clone()), Subject::Extension(extension), None);
        }
        for object in &catalog.types {
            side.add(Key::Type(object.name.clone()), Subject::Type(object), None);
        }
        for relation in &catalog.relations {
            side.add_relation(relation);
        }
        for function in &catalog.functions {
            side.add(function_key(function), Subject::Function(function), None);
        }
        for other in &catalog.others {
            side.add(Key::Other(other.kind, other.name.clone()), Subject::Other(other), None);
        }
        side
    }

    pub(super) fn relation(&self, name: &QualifiedName) -> Option<&'c Relation> {
        self.catalog.relation(name)
    }

    pub(super) fn subject(&self, key: &Key) -> Option<Subject<'c>> {
        self.things.get(key).map(|thing| thing.subject)
    }

    fn add(&mut self, key: Key, subject: Subject<'c>, within: Option<Key>) {
        let (needs, wishes) = needs::of(self, subject);
        self.things.insert(key, Thing { subject, needs, wishes, within });
    }

    fn add_part(
        &mut self,
        part: Part,
        relation: &'c Relation,
        name: &str,
        subject: Subject<'c>,
        within: Key,
    ) {
        let key = Key::Part(part, relation.name.clone(), name.to_owned());
        self.add(key, subject, Some(within));
    }

    fn add_relation(&mut self, relation: &'c Relation) {
        let key = Key::Relation(relation.name.clone());
        let owner = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
        let within = owner
            .filter(|owner| owner.identity)
            .map(|owner| Key::Part(Part::Identity, owner.table.clone(), owner.column.clone()));
        self.add(key.clone(), Subject::Relation(relation), within);
        if relation.kind == RelationKind::Sequence {
            if let Some(owner) = owner.filter(|owner| !owner.identity) {
                self.add_part(Part::OwnedBy, relation, "", Subject::OwnedBy(relation, owner), key);
            }
            return;
        }
        self.add_columns(relation, &key);
        if let Some(partition) = &relation.partition {
            let above = dotted(&partition.parent);
            self.add_part(Part::Attached, relation, &above, Subject::Attached(relation), key.clone());
        }
        for parent in &relation.inherits {
            let subject = Subject::Inherits(relation, parent);
            self.add_part(Part::Inherits, relation, &dotted(parent), subject, key.clone());
        }
        self.add_constraints_and_indexes(relation, &key);
        for trigger in &relation.triggers {
            if self.is_clone(relation, trigger) {
                continue;
            }
            let subject = Subject::Trigger(relation, trigger);
            self.add_part(Part::Trigger, relation, &trigger.name, subject, key.clone());
        }
        for rule in &relation.rules {
            self.add_part(Part::Rule, relation, &rule.name, Subject::Rule(relation, rule), key.clone());
        }
        for policy in &relation.policies {
            self.add_part(
                Part::Policy,
                relation,
                &policy.name,
                Subject::Policy(relation, policy),
                key.clone(),
            );
        }
        for statistics in &relation.statistics {
            let subject = Subject::Statistics(relation, statistics);
            self.add_part(Part::Statistics, relation, &statistics.name, subject, key.clone());
        }
    }

    fn add_columns(&mut self, relation: &'c Relation, key: &Key) {
        for column in &relation.columns {
            let name = &column.name;
            self.add_part(Part::Column, relation, name, Subject::Column(relation, column), key.clone());
            let within = Key::column(&relation.name, name);
            if column.default.is_some() && column.generated.is_none() {
                self.add_part(
                    Part::Default,
                    relation,
                    name,
                    Subject::Default(relation, column),
                    within.clone(),
                );
            }
            if column.identity.is_some() {
                let sequence = self.identity_sequence(relation, column);
                let subject = Subject::Identity(relation, column, sequence);
                self.add_part(Part::Identity, relation, name, subject, within);
            }
        }
    }

    fn add_constraints_and_indexes(&mut self, relation: &'c Relation, key: &Key) {
        use freehold_model::catalog::ConstraintKind;
        for constraint in &relation.constraints {
            // Those of partitions and of the partitions of the referenced table come and go with the one above.
            let cloned = constraint.kind == ConstraintKind::ForeignKey && constraint.has_parent;
            if !cloned && constraint.kind != ConstraintKind::NotNull {
                let subject = Subject::Constraint(relation, constraint);
                self.add_part(Part::Constraint, relation, &constraint.name, subject, key.clone());
            }
        }
        for index in &relation.indexes {
            let within = match &index.constraint {
                Some(name) => Key::Part(Part::Constraint, relation.name.clone(), name.clone()),
                None => key.clone(),
            };
            self.add_part(Part::Index, relation, &index.name, Subject::Index(relation, index), within);
            if let (Some(parent), Some(_)) = (&index.parent, &relation.partition) {
                let within = Key::Part(Part::Index, relation.name.clone(), index.name.clone());
                let subject = Subject::IndexAttached(relation, index, parent);
                self.add_part(Part::IndexAttached, relation, &index.name, subject, within);
            }
        }
    }

    /// The sequence behind an identity column.
    fn identity_sequence(&self, relation: &Relation, column: &Column) -> Option<&'c Relation> {
        self.identities.get(&(&relation.name, column.name.as_str())).copied()
    }

    /// A partition has the row triggers of the table above, by the same names.
    pub(super) fn is_clone(&self, relation: &Relation, trigger: &Trigger) -> bool {
        let above =
            relation.partition.as_ref().and_then(|partition| self.catalog.relation(&partition.parent));
        above.is_some_and(|above| {
            let same = above.triggers.iter().any(|other| other.name == trigger.name);
            same && trigger.definition.contains(" FOR EACH ROW ")
        })
    }
}

/// The key of a function.
pub(super) fn function_key(function: &Function) -> Key {
    Key::Function(function.kind(), function.name.clone(), function.identity_arguments.clone())
}

/// A name as one text, for keys.
pub(super) fn dotted(name: &QualifiedName) -> String {
    name.quoted()
}
