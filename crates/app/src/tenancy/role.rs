//! Which role the application connects as.

use std::collections::{BTreeMap, BTreeSet};

use freehold_lint::tenancy::{Tenancy as Read, administers};
use freehold_model::catalog::{Catalog, Role, Roles};
use freehold_prove::isolation::Tenancy;

use crate::settings::Settings;

/// The gateway of Supabase, and the roles that it takes on.
const GATEWAY: &str = "authenticator";
const ANONYMOUS: &str = "anon";

pub(super) fn choose(
    tenancy: &mut Tenancy,
    read: &Read,
    catalog: &Catalog,
    roles: &Roles,
    settings: &Settings,
    guessed: &mut Vec<String>,
) {
    if let Some(role) = &settings.tenancy.role {
        tenancy.role = Some(role.clone());
        return;
    }
    if read.hosted {
        let role = [GATEWAY, "authenticated"].into_iter().find(|name| roles.role(name).is_some());
        tenancy.role = role.map(str::to_owned);
        tenancy.other_roles = roles.role(ANONYMOUS).map(|role| role.name.clone()).into_iter().collect();
        if let Some(role) = role {
            guessed.push(format!("the application connects as {role}, as Supabase's does"));
        }
        return;
    }
    let candidates = candidates(tenancy, read, catalog, roles);
    let best = candidates.iter().max_by_key(|(role, tables)| {
        let login = roles.role(role).is_some_and(|role| role.login);
        let speaks_of_it = role.contains("app") || role.contains("api") || role.contains("web");
        (**tables, login, speaks_of_it, std::cmp::Reverse(role.as_str()))
    });
    if let Some((role, _)) = best {
        tenancy.role = Some(role.clone());
        let others = candidates.len() - 1;
        let beside =
            if others == 0 { String::new() } else { format!(" (of {} that have privileges)", others + 1) };
        guessed.push(format!("the application's role is {role}{beside}"));
    }
}

/// Roles with privileges on tables of tenants, and how many tables and kinds of privileges: by grant, by ownership, or as
/// a member of such a role that can log in.
fn candidates(tenancy: &Tenancy, read: &Read, catalog: &Catalog, roles: &Roles) -> BTreeMap<String, usize> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for relation in tenancy.owned.keys().filter_map(|oid| catalog.relation_by_oid(*oid)) {
        let columns = relation.columns.iter().map(|column| &column.grants);
        let grants = std::iter::once(&relation.grants).chain(columns);
        for grant in grants.flat_map(|grants| grants.iter()).filter(|grant| !grant.to_owner) {
            if let Some(role) = &grant.grantee {
                *found.entry(role.clone()).or_default() += grant.privileges.len();
            }
        }
        if roles.role(&relation.owner).is_some_and(|owner| !owner.superuser) {
            *found.entry(relation.owner.clone()).or_default() += 1;
        }
    }
    for role in &read.bound {
        found.entry(role.clone()).or_default();
    }
    let groups: Vec<(String, usize)> = found.iter().map(|(role, tables)| (role.clone(), *tables)).collect();
    for role in roles.roles.iter().filter(|role| role.login && !role.superuser) {
        for (group, tables) in &groups {
            if *group != role.name && is_member(role, group, roles) {
                let entry = found.entry(role.name.clone()).or_default();
                *entry = (*entry).max(*tables);
            }
        }
    }
    found.retain(|role, _| !administers(role) && roles.role(role).is_some_and(|role| !role.superuser));
    found
}

fn is_member(role: &Role, group: &str, roles: &Roles) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = role.member_of.iter().map(|name| bare(name)).collect();
    while let Some(name) = open.pop() {
        if name == group {
            return true;
        }
        if seen.insert(name)
            && let Some(role) = roles.role(name)
        {
            open.extend(role.member_of.iter().map(|name| bare(name)));
        }
    }
    false
}

/// A membership is written with its options after the name.
fn bare(membership: &str) -> &str {
    membership.split(' ').next().unwrap_or(membership)
}
