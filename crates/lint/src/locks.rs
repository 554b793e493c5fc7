//! Which locks a statement takes on which relations, as far as its text and the state tell.
//!
//! The modes are PostgreSQL's own, the same from 14 to 18 where nothing else is said (`AlterTableGetLockLevel` and the
//! code of each command). Indexes and sequences are told of where a statement names them; what hangs on a table that is
//! locked as a whole is not. A test takes the statements of all kinds to a server and compares.

mod alter;
mod create;
mod levels;
mod remove;
mod rows;
mod upkeep;

use std::collections::BTreeMap;

use freehold_model::{
    catalog::{Constraint, ConstraintKind, RelationKind},
    lock::LockMode,
    name::QualifiedName,
};
use freehold_sql::{Effect, ObjectKind, ObjectUse, StatementKind, Use, tree::NodeEnum};

use crate::{
    executed::LockTaken,
    state::{Known, State},
};
pub(crate) use upkeep::lock_mode;

/// The relation locks of a statement at the moment at which it is reached, the strongest mode for each relation. Those
/// on what the statement itself makes are left out.
pub fn taken(effect: &Effect, tree: Option<&NodeEnum>, state: &State) -> Vec<LockTaken> {
    if effect.objects.is_empty() {
        return Vec::new();
    }
    let mut taking = Taking { effect, tree, state, locks: BTreeMap::new() };
    if create::is_there_already(&taking) {
        return Vec::new();
    }
    match effect.kind {
        StatementKind::AlterTable | StatementKind::Alter(_) => alter::take(&mut taking),
        StatementKind::CreateTable | StatementKind::CreateIndex { .. } | StatementKind::Create(_) => {
            create::take(&mut taking);
        }
        StatementKind::Drop { object, concurrently, cascade } => {
            remove::take(&mut taking, object, concurrently, cascade);
        }
        StatementKind::Truncate => remove::truncate(&mut taking),
        _ => upkeep::take(&mut taking),
    }
    rows::take(&mut taking);
    taking.locks.into_iter().map(|(relation, mode)| LockTaken { relation, mode }).collect()
}

/// The locks of a statement while they are collected.
struct Taking<'c> {
    effect: &'c Effect,
    tree: Option<&'c NodeEnum>,
    state: &'c State,
    locks: BTreeMap<QualifiedName, LockMode>,
}

impl<'c> Taking<'c> {
    /// The statement's lock on a relation, unless it surely is not there.
    fn take(&mut self, name: QualifiedName, mode: LockMode) {
        if !self.may_be_there(&name) {
            return;
        }
        let held = self.locks.entry(name).or_insert(mode);
        *held = (*held).max(mode);
    }

    fn may_be_there(&self, name: &QualifiedName) -> bool {
        if self.state.relations.contains(name) || self.state.index_tables.contains(name) {
            return true;
        }
        // With its table, its column or its constraint an index goes, whatever else may be hidden from the text.
        if self.state.index_tables.is_gone(name) {
            return false;
        }
        // The server's own catalogs are read by everybody and changed by nobody.
        let own = matches!(name.schema.as_str(), "pg_catalog" | "information_schema" | "pg_toast")
            || name.name.starts_with("pg_");
        !own && (!self.state.complete || !self.state.doubts.is_empty())
    }

    /// The same on a relation and all its partitions and heirs.
    fn take_all(&mut self, name: &QualifiedName, mode: LockMode) {
        for heir in heirs(self.state, name) {
            self.take(heir, mode);
        }
        self.take(name.clone(), mode);
    }

    /// The same on a relation, and on its partitions if it has any; children by `INHERITS` are left alone.
    fn take_partitions(&mut self, name: &QualifiedName, mode: LockMode) {
        if self.is_partitioned(name) {
            self.take_all(name, mode);
        } else {
            self.take(name.clone(), mode);
        }
    }

    fn is_partitioned(&self, name: &QualifiedName) -> bool {
        self.known(name).is_some_and(|known| known.relation.kind == RelationKind::PartitionedTable)
    }

    fn known(&self, name: &QualifiedName) -> Option<&'c Known> {
        self.state.relation(name)
    }

    /// The default partition: which rows it may hold changes with those of the others.
    fn take_default_partition(&mut self, parent: &QualifiedName, mode: LockMode) {
        if let Some(default) = default_partition(self.state, parent) {
            let name = default.relation.name.clone();
            self.take_all(&name, mode);
        }
    }

    /// The relations that an action names as its objects, in this use.
    fn objects(&self, use_: Use) -> impl Iterator<Item = &'c ObjectUse> + use<'c> {
        self.effect.objects_used(use_)
    }

    /// The relation of the statement's first object.
    fn subject(&self) -> Option<QualifiedName> {
        let object = self.effect.objects.first()?;
        Some(match object.kind {
            ObjectKind::Index if object.use_ != Use::Creates => self.state.name_of(object),
            _ => self.state.relation_of(object),
        })
    }

    /// The other tables of the foreign keys that fit: those that they point to.
    fn take_targets(
        &mut self,
        table: &QualifiedName,
        mode: LockMode,
        fits: impl Fn(&Constraint) -> bool + Copy,
    ) {
        let Some(known) = self.known(table) else { return };
        for key in known.relation.foreign_keys().filter(|key| fits(key)) {
            if let Some(target) = &key.referenced_table {
                self.take_partitions(target, mode);
            }
        }
    }

    /// The tables with a foreign key to this one that fits.
    fn take_referencing(
        &mut self,
        table: &QualifiedName,
        mode: LockMode,
        fits: impl Fn(&Constraint) -> bool + Copy,
    ) {
        for known in self.state.referencing(table) {
            let points = |key: &&Constraint| key.referenced_table.as_ref() == Some(table) && fits(key);
            if known.relation.foreign_keys().any(|key| points(&key)) {
                let name = known.relation.name.clone();
                self.take_partitions(&name, mode);
            }
        }
    }
}

/// All partitions and children of a relation, theirs too; without itself.
pub(crate) fn heirs(state: &State, name: &QualifiedName) -> Vec<QualifiedName> {
    let mut found: Vec<QualifiedName> = Vec::new();
    let mut open = vec![name.clone()];
    while let Some(parent) = open.pop() {
        for child in state.children(&parent) {
            let name = &child.relation.name;
            if !found.contains(name) {
                found.push(name.clone());
                open.push(name.clone());
            }
        }
    }
    found
}

/// The default partition of a partitioned table, if one is known.
pub(crate) fn default_partition<'s>(state: &'s State, parent: &QualifiedName) -> Option<&'s Known> {
    state.children(parent).find(|child| {
        child
            .relation
            .partition
            .as_ref()
            .is_some_and(|partition| partition.bound.eq_ignore_ascii_case("default"))
    })
}

/// True for what a foreign key may rest on.
fn is_key(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
}
