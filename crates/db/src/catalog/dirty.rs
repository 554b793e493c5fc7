//! What has to be read again, as the probe's marks say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use freehold_model::catalog::{Catalog, Relation};

use super::{other::OTHERS, probe::Probe};

/// `pg_namespace` and `pg_extension`, whose comments the probe lists by catalog.
const SCHEMA_CATALOG: u32 = 2615;
const EXTENSION_CATALOG: u32 = 3079;

/// Which of a relation's own facts and parts: bit `n` is the reader at place `n` of the list of parts.
pub(super) type Bits = u8;
const COLUMNS: Bits = 1;
const CONSTRAINTS: Bits = 1 << 1;
const INDEXES: Bits = 1 << 2;
const TRIGGERS: Bits = 1 << 3;
const RULES: Bits = 1 << 4;
const POLICIES: Bits = 1 << 5;
const STATISTICS: Bits = 1 << 6;
/// The relation itself, without parts.
pub(super) const ITSELF: Bits = 1 << 7;
/// The relation with all parts.
pub(super) const ALL: Bits = Bits::MAX;

/// What has to be read again.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    /// By id; indexes and the like stand for their relation already, new relations are among them.
    pub(super) relations: BTreeMap<u32, Bits>,
    /// By id.
    pub(super) functions: BTreeSet<u32>,
    pub(super) types: bool,
    pub(super) schemas: bool,
    pub(super) extensions: bool,
    /// By the id of their catalog.
    pub(super) others: BTreeSet<u32>,
    /// Set when names that are printed everywhere may have changed.
    pub(super) everything: bool,
}

/// To which relation the ids of indexes, constraints and other parts belong.
pub(super) type Owners = HashMap<u32, u32>;

impl Dirty {
    /// All that there is.
    pub(super) fn everything(probe: &Probe) -> Self {
        Self {
            relations: probe.ids(1).map(|id| (id, ALL)).collect(),
            functions: probe.ids(20).collect(),
            types: true,
            schemas: true,
            extensions: true,
            others: OTHERS.iter().map(|catalog| catalog.id).collect(),
            everything: true,
        }
    }

    /// What changed between two probes.
    pub(super) fn between(before: &Probe, after: &Probe, catalog: &Catalog, owners: &Owners) -> Self {
        let mut dirty = Self::default();
        after.changed_since(before, |tag, id| dirty.mark(tag, id, catalog, owners));
        if dirty.everything { Self::everything(after) } else { dirty }
    }

    /// The numbers are the tags in `probe.sql`.
    fn mark(&mut self, tag: i32, id: u32, catalog: &Catalog, owners: &Owners) {
        match tag {
            1..=18 => self.mark_relation(tag, id, catalog, owners),
            20..=22 => {
                self.functions.insert(id);
            }
            30..=33 => self.types = true,
            40 => self.schemas = true,
            61 if id == SCHEMA_CATALOG => self.schemas = true,
            61 if id == EXTENSION_CATALOG => self.extensions = true,
            60 | 61 => {
                self.others.insert(id);
            }
            _ => self.everything = true,
        }
    }

    fn mark_relation(&mut self, tag: i32, id: u32, catalog: &Catalog, owners: &Owners) {
        let known = catalog.relation_by_oid(id).is_some();
        let owner = owners.get(&id).copied();
        let (relation, bits) = match (tag, owner) {
            // Columns with privileges of the owner have to follow a change of owner.
            (1, None) if known => (id, ITSELF | COLUMNS),
            // A relation that was not there, or one that is never listed.
            (1, None) => (id, ALL),
            // A table for long values shows in its relation's options.
            (1, Some(relation)) => (relation, ITSELF),
            // A comment of a part; or of a type, or a domain's constraint.
            (17, Some(relation)) => (relation, ALL),
            (17, None) => {
                self.types = true;
                return;
            }
            (_, Some(relation)) => (relation, INDEXES),
            (_, None) if known => (id, bits_of(tag)),
            // Of a relation or an index that is new: told by 1 and 5.
            (_, None) => return,
        };
        *self.relations.entry(relation).or_default() |= bits;
    }

    /// The relations of which something among `bits` has to be read.
    pub(super) fn relations_with(&self, bits: Bits) -> Vec<u32> {
        self.relations.iter().filter(|(_, own)| **own & bits != 0).map(|(id, _)| *id).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.relations.is_empty()
            && self.functions.is_empty()
            && !self.types
            && !self.schemas
            && !self.extensions
            && self.others.is_empty()
    }
}

/// What rows of the branch `tag` of the probe say something about. Rows of names count for nothing here: when a name
/// changes, everything is read.
fn bits_of(tag: i32) -> Bits {
    match tag {
        2 | 3 => COLUMNS,
        // An index says which constraint it serves.
        4 => CONSTRAINTS | INDEXES,
        5 => INDEXES,
        // A foreign key says whether its triggers are enabled.
        6 => TRIGGERS | CONSTRAINTS,
        7 => POLICIES,
        // The rule of a view is its definition.
        8 => RULES | ITSELF,
        12 => STATISTICS,
        16 => ITSELF | COLUMNS,
        9..=11 | 13..=15 => ITSELF,
        _ => ALL,
    }
}

/// The ids of everything that belongs to a relation.
pub(super) fn owned_ids(relation: &Relation) -> impl Iterator<Item = u32> {
    let constraints = relation.constraints.iter().map(|part| part.oid);
    constraints
        .chain(relation.indexes.iter().map(|part| part.oid))
        .chain(relation.triggers.iter().map(|part| part.oid))
        .chain(relation.rules.iter().map(|part| part.oid))
        .chain(relation.policies.iter().map(|part| part.oid))
        .chain(relation.statistics.iter().map(|part| part.oid))
        .chain(relation.toast_oid)
        .chain((relation.row_type_oid != 0).then_some(relation.row_type_oid))
}
