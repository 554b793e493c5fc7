//! Relations: tables, views, sequences, composite types, with their parts.

use std::cmp::Ordering;

use super::{
    column::Column,
    constraint::{Constraint, ConstraintKind},
    facts::{Digest, Facts},
    grants::Grants,
    index::Index,
    kind::ObjectKind,
    objects::CatalogObject,
    policy::Policy,
    sequence::Sequence,
    statistics::Statistics,
    trigger::{Rule, Trigger},
};
use crate::name::{QualifiedName, display_identifier};

/// What kind of relation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RelationKind {
    /// A table with rows of its own, also a partition.
    #[default]
    Table,
    /// A table whose rows are in its partitions.
    PartitionedTable,
    /// A view.
    View,
    /// A materialised view.
    MaterializedView,
    /// A foreign table.
    ForeignTable,
    /// A sequence.
    Sequence,
    /// A composite type that stands alone.
    CompositeType,
}

/// Whether a relation's data outlives a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Persistence {
    /// Yes.
    #[default]
    Permanent,
    /// Emptied after a crash, not replicated.
    Unlogged,
}

/// What replication sends of old rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReplicaIdentity {
    /// The primary key.
    #[default]
    Default,
    /// Nothing.
    Nothing,
    /// Whole rows.
    Full,
    /// The columns of one index, which says so itself.
    Index,
}

/// How a partitioned table is divided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionKey {
    /// `RANGE`, `LIST` or `HASH`.
    pub strategy: String,
    /// What `pg_get_partkeydef` says, strategy included.
    pub definition: String,
    /// The plain columns of the key, in order.
    pub columns: Vec<String>,
}

/// Where a partition belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The partitioned table above.
    pub parent: QualifiedName,
    /// `FOR VALUES ...` or `DEFAULT`.
    pub bound: String,
    /// True while `DETACH ... CONCURRENTLY` has not ended.
    pub detach_pending: bool,
}

/// Where a foreign table's rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignSource {
    /// The foreign server.
    pub server: String,
    /// Options as `name=value`.
    pub options: Vec<String>,
}

/// A relation with its parts.
#[derive(Debug, Clone, Default)]
pub struct Relation {
    /// In `pg_class`; not compared.
    pub oid: u32,
    /// The file that holds it, 0 if none; not compared. A new one means that the rows were written again.
    pub relfilenode: u32,
    /// The table for its long values; not compared.
    pub toast_oid: Option<u32>,
    /// Its row type in `pg_type`; not compared.
    pub row_type_oid: u32,
    /// Its name.
    pub name: QualifiedName,
    /// What kind it is.
    pub kind: RelationKind,
    /// Who owns it.
    pub owner: String,
    /// Privileges on it as a whole.
    pub grants: Grants,
    /// Whether its data outlives a crash.
    pub persistence: Persistence,
    /// `heap` and so on, where there is one.
    pub access_method: Option<String>,
    /// Where it is, if not in the database's own tablespace.
    pub tablespace: Option<String>,
    /// Storage parameters and view options, as `name=value`.
    pub options: Vec<String>,
    /// Storage parameters of the table for long values.
    pub toast_options: Vec<String>,
    /// True with `ENABLE ROW LEVEL SECURITY`.
    pub row_security: bool,
    /// True with `FORCE ROW LEVEL SECURITY`.
    pub force_row_security: bool,
    /// What replication sends of old rows.
    pub replica_identity: ReplicaIdentity,
    /// For partitioned tables.
    pub partition_key: Option<PartitionKey>,
    /// For partitions.
    pub partition: Option<Partition>,
    /// Parents by `INHERITS`, in their order.
    pub inherits: Vec<QualifiedName>,
    /// For `CREATE TABLE ... OF`, the type.
    pub of_type: Option<String>,
    /// For views, the query.
    pub definition: Option<String>,
    /// False for a materialised view without data.
    pub populated: bool,
    /// For foreign tables.
    pub foreign: Option<ForeignSource>,
    /// For sequences.
    pub sequence: Option<Sequence>,
    /// In order.
    pub columns: Vec<Column>,
    /// By name.
    pub constraints: Vec<Constraint>,
    /// By name.
    pub indexes: Vec<Index>,
    /// By name.
    pub triggers: Vec<Trigger>,
    /// By name.
    pub rules: Vec<Rule>,
    /// By name.
    pub policies: Vec<Policy>,
    /// By name.
    pub statistics: Vec<Statistics>,
    /// Its comment.
    pub comment: Option<String>,
}

impl Relation {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The index of that name.
    pub fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The constraint of that name.
    pub fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == name)
    }

    /// The primary key.
    pub fn primary_key(&self) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
    }

    /// The foreign keys.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &Constraint> {
        self.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::ForeignKey)
    }

    /// The relation itself: columns, constraints and all other parts are left out.
    #[must_use]
    pub fn without_parts(&self) -> Self {
        Self {
            name: self.name.clone(),
            owner: self.owner.clone(),
            grants: self.grants.clone(),
            access_method: self.access_method.clone(),
            tablespace: self.tablespace.clone(),
            options: self.options.clone(),
            toast_options: self.toast_options.clone(),
            partition_key: self.partition_key.clone(),
            partition: self.partition.clone(),
            inherits: self.inherits.clone(),
            of_type: self.of_type.clone(),
            definition: self.definition.clone(),
            foreign: self.foreign.clone(),
            sequence: self.sequence.clone(),
            comment: self.comment.clone(),
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            triggers: Vec::new(),
            rules: Vec::new(),
            policies: Vec::new(),
            statistics: Vec::new(),
            ..*self
        }
    }

    /// True for everything that holds or shows rows as a table does: tables, partitioned and foreign ones.
    pub fn is_table(&self) -> bool {
        matches!(self.kind, RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable)
    }

    /// How many parts of each kind it has; kinds without any are left out. `NOT NULL` counts as the column's, on
    /// all versions of the server.
    pub fn parts(&self) -> Vec<(ObjectKind, usize)> {
        let named = self.constraints.iter().filter(|constraint| constraint.kind != ConstraintKind::NotNull);
        [
            (ObjectKind::Column, self.columns.len()),
            (ObjectKind::Constraint, named.count()),
            (ObjectKind::Index, self.indexes.len()),
            (ObjectKind::Trigger, self.triggers.len()),
            (ObjectKind::Rule, self.rules.len()),
            (ObjectKind::Policy, self.policies.len()),
            (ObjectKind::Statistics, self.statistics.len()),
        ]
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .collect()
    }

    /// The parts other than columns: kind, name, facts.
    pub(super) fn named_parts(&self) -> Vec<(ObjectKind, &str, Facts)> {
        let mut parts = Vec::new();
        parts.extend(self.constraints.iter().map(|c| (ObjectKind::Constraint, c.name.as_str(), c.facts())));
        parts.extend(self.indexes.iter().map(|i| (ObjectKind::Index, i.name.as_str(), i.facts())));
        parts.extend(self.triggers.iter().map(|t| (ObjectKind::Trigger, t.name.as_str(), t.facts())));
        parts.extend(self.rules.iter().map(|r| (ObjectKind::Rule, r.name.as_str(), r.facts())));
        parts.extend(self.policies.iter().map(|p| (ObjectKind::Policy, p.name.as_str(), p.facts())));
        parts.extend(self.statistics.iter().map(|s| (ObjectKind::Statistics, s.name.as_str(), s.facts())));
        parts
    }

    fn storage_facts(&self) -> Facts {
        let persistence = match self.persistence {
            Persistence::Permanent => "logged",
            Persistence::Unlogged => "unlogged",
        };
        let replica_identity = match self.replica_identity {
            ReplicaIdentity::Default => "default",
            ReplicaIdentity::Nothing => "nothing",
            ReplicaIdentity::Full => "full",
            ReplicaIdentity::Index => "index",
        };
        Facts::new()
            .text("persistence", persistence)
            .maybe("access method", self.access_method.as_deref())
            .maybe("tablespace", self.tablespace.as_deref())
            .set("options", self.options.clone())
            .set("toast options", self.toast_options.clone())
            .flag("row security", self.row_security)
            .flag("forced row security", self.force_row_security)
            .text("replica identity", replica_identity)
    }
}

impl CatalogObject for Relation {
    fn oid(&self) -> u32 {
        self.oid
    }

    fn kind(&self) -> ObjectKind {
        match self.kind {
            RelationKind::Table => ObjectKind::Table,
            RelationKind::PartitionedTable => ObjectKind::PartitionedTable,
            RelationKind::View => ObjectKind::View,
            RelationKind::MaterializedView => ObjectKind::MaterializedView,
            RelationKind::ForeignTable => ObjectKind::ForeignTable,
            RelationKind::Sequence => ObjectKind::Sequence,
            RelationKind::CompositeType => ObjectKind::CompositeType,
        }
    }

    fn shown_name(&self) -> String {
        self.name.to_string()
    }

    fn identity_cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }

    fn facts(&self) -> Facts {
        let mut facts = self.storage_facts().text("owner", &self.owner);
        if let Some(key) = &self.partition_key {
            facts = facts.text("partition key", &key.definition);
        }
        facts = facts
            .maybe("partition of", self.partition.as_ref().map(|p| p.parent.to_string()).as_deref())
            .maybe("partition bound", self.partition.as_ref().map(|p| p.bound.as_str()))
            .flag("detach pending", self.partition.as_ref().is_some_and(|p| p.detach_pending))
            .sequence("inherits", self.inherits.iter().map(QualifiedName::to_string).collect())
            .maybe("of type", self.of_type.as_deref())
            .long("definition", self.definition.as_deref())
            .flag("populated", self.populated);
        if let Some(foreign) = &self.foreign {
            facts = facts.text("server", display_identifier(&foreign.server));
            facts = facts.set("foreign options", foreign.options.clone());
        }
        if let Some(sequence) = &self.sequence {
            facts = sequence.add_facts(facts);
        }
        facts.set("privileges", self.grants.lines()).long("comment", self.comment.as_deref())
    }

    fn digest_parts(&self, digest: &mut Digest) {
        for column in &self.columns {
            digest.text(&column.name);
            digest.facts(&column.facts());
        }
        for (kind, name, facts) in self.named_parts() {
            digest.text(kind.word());
            digest.text(name);
            digest.facts(&facts);
        }
    }
}
