//! Where it stands who is a member of which tenant.

use freehold_lint::tenancy::Tenancy as Read;
use freehold_model::catalog::{Catalog, Relation};
use freehold_prove::isolation::{Membership, Ownership, Tenancy};

/// A table with a tenant column and a column for a person; the one that policies or functions speak of, or that is named
/// for its members.
pub(super) fn find(tenancy: &Tenancy, read: &Read, catalog: &Catalog) -> Option<Membership> {
    let mut best: Option<(usize, Membership)> = None;
    for (oid, ownership) in &tenancy.owned {
        let Ownership::Column(tenant) = ownership else { continue };
        let Some(relation) = catalog.relation_by_oid(*oid).filter(|relation| relation.is_table()) else {
            continue;
        };
        let Some(user) = person(relation, tenant) else { continue };
        let score = spoken_of(relation, read, catalog) * 4
            + usize::from(relation.name.name.contains("member")) * 3
            + usize::from(in_unique(relation, &user, tenant)) * 2;
        if score >= 2 && best.as_ref().is_none_or(|(least, _)| score > *least) {
            best = Some((score, Membership { relation: *oid, user }));
        }
    }
    best.map(|(_, membership)| membership)
}

/// The column that names a person: by a foreign key to a table of people, or by its name. A table of people that has the
/// tenant column names them by its own key.
fn person(relation: &Relation, tenant: &str) -> Option<String> {
    let by_key = relation.foreign_keys().find(|key| {
        key.columns.len() == 1
            && key.columns.first().is_some_and(|column| column != tenant)
            && key.referenced_table.as_ref().is_some_and(|table| people(&table.name))
    });
    if let Some(column) = by_key.and_then(|key| key.columns.first()) {
        return Some(column.clone());
    }
    let by_name = relation.columns.iter().find(|column| {
        ["user_id", "userid", "member_id", "profile_id", "auth_id", "uid", "user_uuid"]
            .contains(&column.name.to_ascii_lowercase().as_str())
    });
    if let Some(column) = by_name {
        return Some(column.name.clone());
    }
    let key = relation.primary_key().filter(|_| people(&relation.name.name))?;
    key.columns.first().filter(|_| key.columns.len() == 1).cloned()
}

fn people(table: &str) -> bool {
    let table = table.to_ascii_lowercase();
    ["user", "profile", "people", "person", "member", "employee", "staff"]
        .iter()
        .any(|word| table.contains(word))
}

/// How many policies and functions that policies may call mention it.
fn spoken_of(relation: &Relation, read: &Read, catalog: &Catalog) -> usize {
    let name = relation.name.name.as_str();
    let policies =
        read.policies.values().flatten().flat_map(|read| [&read.policy.using, &read.policy.with_check]);
    let in_policies = policies.flatten().filter(|text| text.contains(name)).count();
    let in_functions = catalog.functions.iter().filter(|function| function.body.contains(name)).count();
    in_policies.min(2) + in_functions.min(2)
}

fn in_unique(relation: &Relation, user: &str, tenant: &str) -> bool {
    relation.constraints.iter().any(|constraint| {
        constraint.index_oid.is_some()
            && constraint.columns.iter().any(|column| column == user)
            && constraint.columns.iter().any(|column| column == tenant)
    })
}
