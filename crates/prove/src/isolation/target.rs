//! What is tried to be reached: relations, functions, the database as a whole.

use freehold_model::catalog::{Catalog, Function, Relation, RelationKind};

use super::{tenancy::Ownership, world::World};

/// What kind of thing is tried to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// A relation, by object id.
    Relation(u32),
    /// A function or procedure, by object id.
    Function(u32),
    /// The database as a whole: roles, default privileges, large objects, the pooler.
    Database,
}

/// Something that is tried to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Its name for people.
    pub name: String,
    /// What it is in words, with how it belongs to a tenant: `table, by tenant_id`.
    pub about: String,
}

impl Target {
    /// The relation that it is.
    pub fn relation<'w>(&self, world: &'w World<'_>) -> Option<&'w Relation> {
        match self.kind {
            TargetKind::Relation(oid) => world.catalog.relation_by_oid(oid),
            _ => None,
        }
    }

    /// The function that it is.
    pub fn function<'w>(&self, world: &'w World<'_>) -> Option<&'w Function> {
        match self.kind {
            TargetKind::Function(oid) => world.catalog.function_by_oid(oid),
            _ => None,
        }
    }

    /// The relation that it is, when it is a table (also a partition) with rows of tenants.
    pub fn owned_table<'w>(&self, world: &'w World<'_>) -> Option<&'w Relation> {
        self.relation(world)
            .filter(|relation| relation.is_table() && world.tenancy.owned.contains_key(&relation.oid))
    }

    /// True for the database as a whole.
    pub fn is_database(&self) -> bool {
        self.kind == TargetKind::Database
    }
}

/// Everything that is tried to be reached: tables with rows of tenants, views and sequences, functions, and at last the
/// database as a whole. Tables that are shared on purpose are left out.
pub(super) fn all(world: &World<'_>) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for relation in world.catalog.relations.iter() {
        let owned = world.tenancy.owned.get(&relation.oid);
        let shows = matches!(
            relation.kind,
            RelationKind::View
                | RelationKind::MaterializedView
                | RelationKind::Sequence
                | RelationKind::ForeignTable
        );
        if owned.is_some() || shows {
            targets.push(Target {
                kind: TargetKind::Relation(relation.oid),
                name: relation.name.to_string(),
                about: about(&world.catalog, relation, owned),
            });
        }
    }
    for function in world.catalog.functions.iter() {
        targets.push(Target {
            kind: TargetKind::Function(function.oid),
            name: format!("{}({})", function.name, function.identity_arguments),
            about: if function.security_definer { "function, as its owner" } else { "function" }.to_owned(),
        });
    }
    targets.push(Target {
        kind: TargetKind::Database,
        name: "the database".to_owned(),
        about: "roles, privileges, sessions".to_owned(),
    });
    targets
}

/// What a relation is in words, with how it belongs to a tenant.
pub(super) fn about(catalog: &Catalog, relation: &Relation, owned: Option<&Ownership>) -> String {
    let kind = match (relation.kind, &relation.partition) {
        (RelationKind::Table, Some(_)) => "partition",
        (RelationKind::Table, None) => "table",
        (RelationKind::PartitionedTable, _) => "partitioned table",
        (RelationKind::View, _) => "view",
        (RelationKind::MaterializedView, _) => "materialised view",
        (RelationKind::ForeignTable, _) => "foreign table",
        (RelationKind::Sequence, _) => "sequence",
        (RelationKind::CompositeType, _) => "type",
    };
    match owned {
        Some(Ownership::Root { key }) => format!("{kind} of tenants, by {key}"),
        Some(Ownership::Column(column)) => format!("{kind}, by {column}"),
        Some(Ownership::Through { parent, .. }) => {
            let parent = catalog.relation_by_oid(*parent).map(|parent| parent.name.to_string());
            format!("{kind}, through {}", parent.unwrap_or_default())
        }
        None => kind.to_owned(),
    }
}
