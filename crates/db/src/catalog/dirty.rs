//! What has to be read again, as the probe's marks say.

use std::collections::{BTreeSet, HashMap};

use freehold_model::catalog::Relation;

use super::{other::OTHERS, probe::Probe};

/// `pg_namespace` and `pg_extension`, whose comments the probe lists by catalog.
const SCHEMA_CATALOG: u32 = 2615;
const EXTENSION_CATALOG: u32 = 3079;

/// What has to be read again.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    /// By id; indexes and the like stand for their relation already, ids that are not known are kept.
    pub(super) relations: BTreeSet<u32>,
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
            relations: probe.ids(1).collect(),
            functions: probe.ids(20).collect(),
            types: true,
            schemas: true,
            extensions: true,
            others: OTHERS.iter().map(|catalog| catalog.id).collect(),
            everything: true,
        }
    }

    /// What changed between two probes. The numbers are the tags in `probe.sql`.
    pub(super) fn between(before: &Probe, after: &Probe, owners: &Owners) -> Self {
        let mut dirty = Self::default();
        after.changed_since(before, |tag, id| match tag {
            1..=16 => drop(dirty.relations.insert(owners.get(&id).copied().unwrap_or(id))),
            17 => match owners.get(&id) {
                Some(relation) => drop(dirty.relations.insert(*relation)),
                // A type's or a domain constraint's comment, or that of a part whose relation is dirty itself.
                None => dirty.types = true,
            },
            20..=22 => drop(dirty.functions.insert(id)),
            30..=33 => dirty.types = true,
            40 => dirty.schemas = true,
            61 if id == SCHEMA_CATALOG => dirty.schemas = true,
            61 if id == EXTENSION_CATALOG => dirty.extensions = true,
            60 | 61 => drop(dirty.others.insert(id)),
            _ => dirty.everything = true,
        });
        if dirty.everything { Self::everything(after) } else { dirty }
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
