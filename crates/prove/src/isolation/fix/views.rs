//! Views that read as whoever asks, and materialised views that tenants do not read.

use freehold_model::{
    catalog::{Relation, RelationKind},
    name::display_identifier,
};

use super::{Case, Change, Family, Fix};

pub(super) fn add(case: &Case<'_>, fix: &mut Fix) {
    let mut seen = std::collections::BTreeSet::new();
    for (_, relation) in case.leaks(&[Family::Read, Family::Write, Family::Around, Family::Context]) {
        if !seen.insert(relation.oid) {
            continue;
        }
        match relation.kind {
            RelationKind::View if case.form.major >= 15 => fix.changes.push(invoker(relation)),
            RelationKind::View => fix.remains.push(format!(
                "{}: the view reads as its owner, and before PostgreSQL 15 there is no security_invoker: put the \
                 tenant's condition into the view with security_barrier",
                relation.name
            )),
            RelationKind::MaterializedView => fix.changes.extend(withheld(case, relation)),
            _ => {}
        }
    }
}

fn invoker(view: &Relation) -> Change {
    let name = view.name.to_string();
    let before = view.options.iter().find_map(|option| option.strip_prefix("security_invoker="));
    let down = match before {
        Some(value) => format!("ALTER VIEW {name} SET (security_invoker = {value});"),
        None => format!("ALTER VIEW {name} RESET (security_invoker);"),
    };
    Change {
        up: format!("ALTER VIEW {name} SET (security_invoker = true);"),
        down,
        why: format!("{name} reads with the rights of whoever asks, so that policies bind it"),
    }
}

fn withheld(case: &Case<'_>, view: &Relation) -> Option<Change> {
    let name = view.name.to_string();
    let mut roles: Vec<String> = Vec::new();
    if view.grants.has(None, "SELECT") {
        roles.push("PUBLIC".to_owned());
    }
    if let Some(role) = case.role.filter(|role| view.grants.has(Some(role), "SELECT")) {
        roles.push(display_identifier(role));
    }
    if roles.is_empty() {
        return None;
    }
    let roles = roles.join(", ");
    Some(Change {
        up: format!("REVOKE SELECT ON {name} FROM {roles};"),
        down: format!("GRANT SELECT ON {name} TO {roles};"),
        why: format!("{name} holds rows of all tenants and can have no policy: tenants do not read it"),
    })
}
