//! The schema as a server itself describes it, as plain values: cheap to copy, to search and to compare.
//!
//! A [`Catalog`] holds every object of one database that a migration can make or change, system schemas and the
//! single members of extensions left out. Objects are shared ([`std::sync::Arc`]) between the snapshots of one
//! reader, so that a snapshot costs little and two snapshots are compared by looking only at what is not shared.
//! Object ids (`oid`) and file nodes are there for looking things up; they are never compared, for they differ
//! between databases and after a rollback.

mod column;
mod constraint;
mod difference;
mod extension;
mod facts;
mod function;
mod grants;
mod index;
mod kind;
mod objects;
mod other;
mod policy;
mod relation;
mod role;
mod schema;
mod sequence;
mod statistics;
mod trigger;
mod types;

pub use column::{Column, Generated, Identity};
pub use constraint::{Constraint, ConstraintKind, Deferrable};
pub use difference::{Change, Difference, FactChange, Members, Part};
pub use extension::Extension;
pub use facts::{Fact, FactValue, Facts};
pub use function::{Function, FunctionKind, Parallel, Volatility};
pub use grants::{Grant, Grants, Privilege};
pub use index::{Index, IndexColumn};
pub use kind::ObjectKind;
pub use objects::{CatalogObject, Objects};
pub use other::Other;
pub use policy::{Policy, PolicyCommand};
pub use relation::{
    ForeignSource, Partition, PartitionKey, Persistence, Relation, RelationKind, ReplicaIdentity,
};
pub use role::{Role, Roles};
pub use schema::Schema;
pub use sequence::{Sequence, SequenceOwner};
pub use statistics::Statistics;
pub use trigger::{Rule, Trigger, TriggerEnabled};
pub use types::{DomainConstraint, TypeObject, TypeShape};

use crate::name::QualifiedName;

/// One database's schema at one moment.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Schemas, without the system's own.
    pub schemas: Objects<Schema>,
    /// Tables, views, sequences, composite types and their kin.
    pub relations: Objects<Relation>,
    /// Enums, domains, ranges and base types.
    pub types: Objects<TypeObject>,
    /// Functions, procedures, aggregates.
    pub functions: Objects<Function>,
    /// Extensions. Their members are not listed one by one.
    pub extensions: Objects<Extension>,
    /// Everything else: casts, operators, publications, default privileges, database settings and so on.
    pub others: Objects<Other>,
}

impl Catalog {
    /// The relation of that name.
    pub fn relation(&self, name: &QualifiedName) -> Option<&Relation> {
        self.relations.find_by(|relation| relation.name.cmp(name))
    }

    /// The relation with that object id. For the id of an index see [`Self::index_by_oid`].
    pub fn relation_by_oid(&self, oid: u32) -> Option<&Relation> {
        self.relations.by_oid(oid)
    }

    /// The index with that object id, and its relation. Looks at every relation.
    pub fn index_by_oid(&self, oid: u32) -> Option<(&Relation, &Index)> {
        self.relations
            .iter()
            .find_map(|relation| Some((relation, relation.indexes.iter().find(|index| index.oid == oid)?)))
    }

    /// The type with that object id.
    pub fn type_by_oid(&self, oid: u32) -> Option<&TypeObject> {
        self.types.by_oid(oid)
    }

    /// The function with that object id.
    pub fn function_by_oid(&self, oid: u32) -> Option<&Function> {
        self.functions.by_oid(oid)
    }

    /// All functions of that name, whatever their arguments.
    pub fn functions_named<'a>(&'a self, name: &'a QualifiedName) -> impl Iterator<Item = &'a Function> {
        self.functions.iter().filter(move |function| function.name == *name)
    }

    /// What is different in `after`, in the order of kinds and names. Nothing when the two are equal.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        difference::between(self, after)
    }

    /// A number for the whole content, the same for equal catalogs (in particular across databases and runs of the
    /// program): FNV-1a with 128 bits over all facts.
    pub fn fingerprint(&self) -> u128 {
        let mut digest = facts::Digest::default();
        self.schemas.digest(&mut digest);
        self.relations.digest(&mut digest);
        self.types.digest(&mut digest);
        self.functions.digest(&mut digest);
        self.extensions.digest(&mut digest);
        self.others.digest(&mut digest);
        digest.value()
    }

    /// How many objects there are, parts of relations included.
    pub fn object_count(&self) -> usize {
        let parts: usize = self
            .relations
            .iter()
            .map(|relation| relation.parts().iter().map(|(_, n)| n).sum::<usize>())
            .sum();
        parts
            + self.schemas.len()
            + self.relations.len()
            + self.types.len()
            + self.functions.len()
            + self.extensions.len()
            + self.others.len()
    }
}

/// The empty name, so that plain values with names in them can have a default.
impl Default for QualifiedName {
    fn default() -> Self {
        Self::new("", "")
    }
}
