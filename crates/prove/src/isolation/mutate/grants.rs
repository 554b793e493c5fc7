//! Privileges that no policy binds, given to the application or to everybody.

use freehold_model::{catalog::Relation, name::display_identifier};

use super::Mutant;

pub(super) fn of(relation: &Relation, role: Option<&str>, mutants: &mut Vec<Mutant>) {
    let name = relation.name.to_string();
    // A partition's rows go when its parent is emptied; foreign tables have no TRUNCATE of their own here.
    let shown = role.map_or_else(|| "PUBLIC".to_owned(), display_identifier);
    if !relation.grants.has(role, "TRUNCATE") {
        mutants.push(Mutant {
            name: format!("TRUNCATE on {name} granted to {shown}"),
            relation: relation.oid,
            apply: format!("GRANT TRUNCATE ON {name} TO {shown}"),
            revert: format!("REVOKE TRUNCATE ON {name} FROM {shown}"),
        });
    }
    let reads = role.is_some_and(|role| relation.grants.has(Some(role), "SELECT"));
    if relation.partition.is_some() && !reads && !relation.row_security {
        mutants.push(Mutant {
            name: format!("SELECT on the partition {name} granted to {shown}"),
            relation: relation.oid,
            apply: format!("GRANT SELECT ON {name} TO {shown}"),
            revert: format!("REVOKE SELECT ON {name} FROM {shown}"),
        });
    }
}
