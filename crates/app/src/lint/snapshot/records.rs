//! The objects of a catalog as a snapshot writes them: what rules look at, without comments and without ids.

use freehold_model::{
    catalog::{
        Column, Constraint, ConstraintKind, Deferrable, DomainConstraint, Extension, ForeignSource, Function,
        FunctionKind, Generated, Grants, Identity, Index, IndexColumn, Parallel, Partition, PartitionKey,
        Persistence, Policy, PolicyCommand, Relation, RelationKind, ReplicaIdentity, Rule, Schema, Sequence,
        SequenceOwner, Trigger, TriggerEnabled, TypeObject, TypeShape, Volatility,
    },
    name::QualifiedName,
};
use serde::{Deserialize, Serialize};

use super::kept::{Kept, is_usual, is_yes, record, yes};

record! {
    Column as ColumnRecord
    always { name: String, type_name: String, }
    unless_true { is_local, }
    unless_empty {
        not_null: bool,
        default: Option<String>,
        generated: Option<Generated>,
        identity: Option<Identity>,
        collation: Option<String>,
        storage: Option<String>,
        compression: Option<String>,
        options: Vec<String>,
        inherited: u32,
        grants: Grants,
    }
    and Self::default()
}

record! {
    Constraint as ConstraintRecord
    always { name: String, kind: ConstraintKind, definition: String, }
    unless_true { validated, enforced, is_local, triggers_enabled, }
    unless_empty {
        columns: Vec<String>,
        referenced_table: Option<QualifiedName>,
        referenced_columns: Vec<String>,
        on_delete: Option<String>,
        on_update: Option<String>,
        deferrable: Deferrable,
        no_inherit: bool,
        has_parent: bool,
    }
    and Self::default()
}

record! {
    Index as IndexRecord
    always { name: String, definition: String, method: String, columns: Vec<IndexColumn>, }
    unless_true { valid, ready, }
    unless_empty {
        included: Vec<String>,
        predicate: Option<String>,
        unique: bool,
        nulls_not_distinct: bool,
        primary: bool,
        exclusion: bool,
        clustered: bool,
        replica_identity: bool,
        constraint: Option<String>,
        attached: bool,
        parent: Option<String>,
        tablespace: Option<String>,
    }
    and Self::default()
}

record! {
    Trigger as TriggerRecord
    always { name: String, definition: String, function: QualifiedName, }
    unless_true {}
    unless_empty { enabled: TriggerEnabled, }
    and Self::default()
}

record! {
    Rule as RuleRecord
    always { name: String, definition: String, }
    unless_true {}
    unless_empty { enabled: TriggerEnabled, }
    and Self::default()
}

record! {
    Policy as PolicyRecord
    always { name: String, command: PolicyCommand, roles: Vec<String>, }
    unless_true { permissive, }
    unless_empty { using: Option<String>, with_check: Option<String>, }
    and Self::default()
}

record! {
    PartitionKey as PartitionKeyRecord
    always { strategy: String, definition: String, columns: Vec<String>, }
    unless_true {}
    unless_empty {}
}

record! {
    Partition as PartitionRecord
    always { parent: QualifiedName, bound: String, }
    unless_true {}
    unless_empty { detach_pending: bool, }
}

record! {
    SequenceOwner as SequenceOwnerRecord
    always { table: QualifiedName, column: String, }
    unless_true {}
    unless_empty { identity: bool, }
}

record! {
    Sequence as SequenceRecord
    always { type_name: String, start: i64, increment: i64, min: i64, max: i64, cache: i64, }
    unless_true {}
    unless_empty { cycle: bool, owned_by: Option<SequenceOwner>, }
}

/// A foreign table's server. Its options may be secrets, and no rule asks for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForeignRecord {
    server: String,
}

impl Kept for ForeignSource {
    type As = ForeignRecord;
    fn kept(&self) -> ForeignRecord {
        ForeignRecord { server: self.server.clone() }
    }
    fn told(kept: ForeignRecord) -> Self {
        Self { server: kept.server, options: Vec::new() }
    }
}

record! {
    Relation as RelationRecord
    always { name: QualifiedName, kind: RelationKind, owner: String, }
    unless_true { populated, }
    unless_empty {
        grants: Grants,
        persistence: Persistence,
        access_method: Option<String>,
        tablespace: Option<String>,
        options: Vec<String>,
        toast_options: Vec<String>,
        row_security: bool,
        force_row_security: bool,
        replica_identity: ReplicaIdentity,
        partition_key: Option<PartitionKey>,
        partition: Option<Partition>,
        inherits: Vec<QualifiedName>,
        of_type: Option<String>,
        definition: Option<String>,
        foreign: Option<ForeignSource>,
        sequence: Option<Sequence>,
        columns: Vec<Column>,
        constraints: Vec<Constraint>,
        indexes: Vec<Index>,
        triggers: Vec<Trigger>,
        rules: Vec<Rule>,
        policies: Vec<Policy>,
    }
    and Self::default()
}

record! {
    Function as FunctionRecord
    always {
        name: QualifiedName,
        identity_arguments: String,
        arguments: String,
        language: String,
        owner: String,
    }
    unless_true {}
    unless_empty {
        kind: FunctionKind,
        result: Option<String>,
        body: String,
        library: Option<String>,
        volatility: Volatility,
        strict: bool,
        leakproof: bool,
        parallel: Parallel,
        security_definer: bool,
        config: Vec<String>,
        aggregate: Option<String>,
        grants: Grants,
    }
    and Self::default()
}

record! {
    Schema as SchemaRecord
    always { name: String, owner: String, }
    unless_true {}
    unless_empty { grants: Grants, }
    and Self::default()
}

record! {
    Extension as ExtensionRecord
    always { name: String, version: String, schema: String, }
    unless_true {}
    unless_empty {}
    and Self::default()
}

record! {
    DomainConstraint as DomainConstraintRecord
    always { name: String, definition: String, }
    unless_true { validated, }
    unless_empty {}
    and Self::default()
}

/// What makes a type what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ShapeRecord {
    Enum {
        labels: Vec<String>,
    },
    Domain {
        base: String,
        #[serde(default, skip_serializing_if = "is_usual")]
        not_null: bool,
        #[serde(default, skip_serializing_if = "is_usual")]
        default: Option<String>,
        #[serde(default, skip_serializing_if = "is_usual")]
        collation: Option<String>,
        #[serde(default, skip_serializing_if = "is_usual")]
        constraints: Vec<DomainConstraintRecord>,
    },
    Range {
        subtype: String,
        #[serde(default, skip_serializing_if = "is_usual")]
        details: Vec<String>,
    },
    Base {
        #[serde(default, skip_serializing_if = "is_usual")]
        details: Vec<String>,
    },
}

impl Kept for TypeShape {
    type As = ShapeRecord;

    fn kept(&self) -> ShapeRecord {
        match self.clone() {
            Self::Enum { labels } => ShapeRecord::Enum { labels },
            Self::Domain { base, not_null, default, collation, constraints } => {
                ShapeRecord::Domain { base, not_null, default, collation, constraints: constraints.kept() }
            }
            Self::Range { subtype, details } => ShapeRecord::Range { subtype, details },
            Self::Base { details } => ShapeRecord::Base { details },
        }
    }

    fn told(kept: ShapeRecord) -> Self {
        match kept {
            ShapeRecord::Enum { labels } => Self::Enum { labels },
            ShapeRecord::Domain { base, not_null, default, collation, constraints } => {
                Self::Domain { base, not_null, default, collation, constraints: Kept::told(constraints) }
            }
            ShapeRecord::Range { subtype, details } => Self::Range { subtype, details },
            ShapeRecord::Base { details } => Self::Base { details },
        }
    }
}

/// A type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeRecord {
    name: <QualifiedName as Kept>::As,
    owner: String,
    shape: ShapeRecord,
    #[serde(default, skip_serializing_if = "is_usual")]
    grants: <Grants as Kept>::As,
}

impl Kept for TypeObject {
    type As = TypeRecord;

    fn kept(&self) -> TypeRecord {
        TypeRecord {
            name: self.name.kept(),
            owner: self.owner.clone(),
            shape: self.shape.kept(),
            grants: self.grants.kept(),
        }
    }

    fn told(kept: TypeRecord) -> Self {
        Self {
            oid: 0,
            name: Kept::told(kept.name),
            shape: Kept::told(kept.shape),
            owner: kept.owner,
            grants: Kept::told(kept.grants),
            comment: None,
        }
    }
}
