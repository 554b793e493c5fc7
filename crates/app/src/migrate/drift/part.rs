//! The part of a catalog that migrations are answerable for.

use std::sync::Arc;

use freehold_migrate::HistoryTable;
use freehold_model::catalog::{Catalog, CatalogObject, Facts, ObjectKind, Objects, Other, Relation};

use crate::migrate::squash::rename::has_name;

/// What is left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Leave {
    /// Tables in which tools keep their histories.
    pub(super) tables: Vec<HistoryTable>,
    /// Options of user mappings: only their owners may read them.
    pub(super) mapping_options: bool,
}

/// The whole database.
pub(super) fn of_database(catalog: &Catalog, leave: &Leave) -> Catalog {
    let keep = |relation: &Relation| !is_left_out(relation, &leave.tables);
    let relations: Vec<Arc<Relation>> =
        catalog.relations.shared().iter().filter(|relation| keep(relation)).cloned().collect();
    let emptied = |schema: &str| {
        leave.tables.iter().any(|table| table.schema == schema)
            && schema != "public"
            && !relations.iter().any(|relation| relation.name.schema == schema)
            && !catalog.functions.iter().any(|function| function.name.schema == schema)
            && !catalog.types.iter().any(|object| object.name.schema == schema)
    };
    let schemas = catalog.schemas.shared().iter().filter(|schema| !emptied(&schema.name)).cloned();
    let others = catalog
        .others
        .shared()
        .iter()
        .map(|other| without_options(other, leave.mapping_options))
        .map(|other| without_maker(other, catalog));
    Catalog {
        schemas: Objects::new(schemas.collect()),
        relations: Objects::new(relations),
        types: catalog.types.clone(),
        functions: catalog.functions.clone(),
        extensions: catalog.extensions.clone(),
        others: Objects::new(others.collect()),
    }
}

/// One tenant's schema: what is in it, without the schema itself, which whoever makes tenants has made.
pub(super) fn of_schema(catalog: &Catalog, schema: &str, leave: &Leave) -> Catalog {
    let relations = catalog
        .relations
        .shared()
        .iter()
        .filter(|relation| relation.name.schema == schema && !is_left_out(relation, &leave.tables));
    let types = catalog.types.shared().iter().filter(|object| object.name.schema == schema);
    let functions = catalog.functions.shared().iter().filter(|function| function.name.schema == schema);
    let shown = freehold_model::name::display_identifier(schema);
    let others = catalog.others.shared().iter().filter(|other| match other.kind {
        ObjectKind::DefaultPrivileges => other.name.contains(&format!(" in schema {shown} ")),
        ObjectKind::DatabaseSetting | ObjectKind::UserMapping => false,
        _ => has_name(&other.name, schema),
    });
    Catalog {
        schemas: Objects::default(),
        relations: Objects::new(relations.cloned().collect()),
        types: Objects::new(types.cloned().collect()),
        functions: Objects::new(functions.cloned().collect()),
        extensions: Objects::default(),
        others: Objects::new(others.cloned().collect()),
    }
}

/// A history's table, and the sequences of its columns.
fn is_left_out(relation: &Relation, tables: &[HistoryTable]) -> bool {
    let is = |name: &freehold_model::name::QualifiedName| {
        tables.iter().any(|table| table.schema == name.schema && table.table == name.name)
    };
    let owner = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
    is(&relation.name) || owner.is_some_and(|owner| is(&owner.table))
}

fn without_options(other: &Arc<Other>, leave: bool) -> Arc<Other> {
    if !leave || other.kind() != ObjectKind::UserMapping {
        return Arc::clone(other);
    }
    Arc::new(Other { facts: Facts::new(), ..Other::clone(other) })
}

/// A language that an extension brought belongs to whoever made it: of `plpgsql` that is the first superuser of the
/// server, who is called otherwise on every platform.
fn without_maker(other: Arc<Other>, catalog: &Catalog) -> Arc<Other> {
    let brought = catalog
        .extensions
        .iter()
        .any(|extension| freehold_model::name::display_identifier(&extension.name) == other.name);
    if other.kind() != ObjectKind::Language || !brought {
        return other;
    }
    let kept = other.facts.iter().filter(|fact| fact.name != "owner");
    let facts = kept.fold(Facts::new(), |facts, fact| facts.with(fact.name.clone(), fact.value.clone()));
    Arc::new(Other { facts, ..Other::clone(&other) })
}
