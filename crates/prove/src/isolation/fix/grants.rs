//! Privileges that no policy binds, taken back.

use freehold_model::{catalog::Relation, name::display_identifier};

use super::{Case, Change, Fix};

/// Privileges that row security does not bind.
const UNBOUND: [&str; 3] = ["TRUNCATE", "REFERENCES", "TRIGGER"];

pub(super) fn add(case: &Case<'_>, fix: &mut Fix) {
    for relation in case.catalog.relations.iter() {
        if !case.tenancy.owned.contains_key(&relation.oid) {
            continue;
        }
        let mut roles: Vec<Option<&str>> = vec![None];
        roles.extend(case.role.map(Some));
        for role in roles {
            let mut taken: Vec<&str> =
                UNBOUND.into_iter().filter(|privilege| relation.grants.has(role, privilege)).collect();
            if role.is_none() && case.leaked(relation, "around-public") {
                let rest = ["SELECT", "INSERT", "UPDATE", "DELETE"];
                taken.extend(rest.into_iter().filter(|privilege| relation.grants.has(role, privilege)));
            }
            let leaked = case.leaked(relation, "write-truncate") || case.leaked(relation, "around-");
            if leaked && !taken.is_empty() {
                fix.changes.push(revoke(relation, role, &taken));
            }
        }
        if case.role.is_some_and(|role| role == relation.owner) {
            fix.remains.push(format!(
                "{} belongs to the application's role: give it to the role that migrates, with \
                 `ALTER TABLE … OWNER TO`",
                relation.name
            ));
        }
    }
}

fn revoke(relation: &Relation, role: Option<&str>, privileges: &[&str]) -> Change {
    let (list, name) = (privileges.join(", "), relation.name.to_string());
    let role = role.map_or_else(|| "PUBLIC".to_owned(), display_identifier);
    Change {
        up: format!("REVOKE {list} ON {name} FROM {role};"),
        down: format!("GRANT {list} ON {name} TO {role};"),
        why: format!("No policy binds what {role} may do there"),
    }
}
