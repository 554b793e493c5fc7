//! Finds changes of names that are printed in the definitions of other objects, whose own rows stay as they are.

use freehold_model::catalog::{Catalog, Relation};

use super::fetch::Fetched;

/// True when something that others may print has another name: they have to be read again, all of them.
pub(super) fn renamed(before: &Catalog, fetched: &Fetched) -> bool {
    let relations = fetched.relations.iter().any(|new| {
        before.relation_by_oid(new.oid).is_some_and(|old| old.name != new.name || parts_renamed(old, new))
    });
    let functions = fetched.functions.iter().any(|new| {
        before
            .function_by_oid(new.oid)
            .is_some_and(|old| (&old.name, &old.identity_arguments) != (&new.name, &new.identity_arguments))
    });
    let types = fetched.types.iter().flatten().any(|new| {
        before.type_by_oid(new.oid).is_some_and(|old| {
            // A label that was renamed is printed in every constant of the type.
            old.name != new.name || old.labels().iter().any(|label| !new.labels().contains(label))
        })
    });
    let schemas = fetched
        .schemas
        .iter()
        .flatten()
        .any(|new| before.schemas.by_oid(new.oid).is_some_and(|old| old.name != new.name));
    let others = fetched.others.iter().flat_map(|(_, objects)| objects).any(|new| {
        new.oid != 0
            && before
                .others
                .iter()
                .any(|old| (old.kind, old.oid) == (new.kind, new.oid) && old.name != new.name)
    });
    relations || functions || types || schemas || others
}

fn parts_renamed(old: &Relation, new: &Relation) -> bool {
    let columns = new.columns.iter().any(|column| {
        old.columns.iter().any(|other| other.number == column.number && other.name != column.name)
    });
    // Rules with ON CONFLICT ON CONSTRAINT print a constraint's name.
    let constraints = new.constraints.iter().any(|constraint| {
        old.constraints.iter().any(|other| other.oid == constraint.oid && other.name != constraint.name)
    });
    columns || constraints
}

/// True when a relation that was there has other columns than before: views that join it may print other aliases.
pub(super) fn columns_came_or_went(before: &Catalog, fetched: &Fetched) -> bool {
    fetched.relations.iter().any(|new| {
        before.relation_by_oid(new.oid).is_some_and(|old| {
            let numbers = |relation: &Relation| relation.columns.iter().map(|c| c.number).collect::<Vec<_>>();
            numbers(old) != numbers(new)
        })
    })
}
