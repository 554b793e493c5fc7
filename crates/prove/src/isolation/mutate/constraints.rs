//! Foreign keys and unique constraints stripped of their tenant.

use freehold_model::{
    catalog::{Catalog, Constraint, ConstraintKind, Relation},
    name::display_identifier,
};

use super::{Mutant, Tenancy};

pub(super) fn of(catalog: &Catalog, relation: &Relation, tenancy: &Tenancy, mutants: &mut Vec<Mutant>) {
    let Some(tenant) = tenancy.column_of(relation.oid) else { return };
    if Some(relation.oid) == tenancy.root || relation.partition.is_some() {
        return;
    }
    for constraint in relation.constraints.iter().filter(|constraint| !constraint.has_parent) {
        let at = constraint.columns.iter().position(|column| column == tenant);
        let (Some(at), true) = (at, constraint.columns.len() > 1) else { continue };
        let mutant = match constraint.kind {
            ConstraintKind::ForeignKey => key(catalog, relation, constraint, at),
            ConstraintKind::Unique => unique(relation, constraint, at),
            _ => None,
        };
        mutants.extend(mutant);
    }
}

fn without(columns: &[String], at: usize) -> Vec<String> {
    let kept = columns.iter().enumerate().filter(|(place, _)| *place != at);
    kept.map(|(_, column)| column.clone()).collect()
}

fn names(columns: &[String]) -> String {
    columns.iter().map(|name| display_identifier(name)).collect::<Vec<_>>().join(", ")
}

/// The parent gets a unique constraint on what is left of its key, which the rows made for the proof satisfy.
fn key(catalog: &Catalog, relation: &Relation, constraint: &Constraint, at: usize) -> Option<Mutant> {
    let parent = catalog.relation(constraint.referenced_table.as_ref()?)?;
    let (own, theirs) = (without(&constraint.columns, at), without(&constraint.referenced_columns, at));
    let (table, name) = (relation.name.to_string(), display_identifier(&constraint.name));
    let help = display_identifier(&format!("freehold_mutant_{}", parent.oid));
    Some(Mutant {
        name: format!("foreign key {} of {table} without the tenant", constraint.name),
        relation: relation.oid,
        apply: format!(
            "ALTER TABLE {parent} ADD CONSTRAINT {help} UNIQUE ({theirs});\nALTER TABLE {table} DROP CONSTRAINT {name};\n\
             ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({own}) REFERENCES {parent} ({theirs})",
            parent = parent.name,
            theirs = names(&theirs),
            own = names(&own)
        ),
        revert: format!(
            "ALTER TABLE {table} DROP CONSTRAINT {name};\nALTER TABLE {parent} DROP CONSTRAINT {help};\n\
             ALTER TABLE {table} ADD CONSTRAINT {name} {}",
            constraint.definition,
            parent = parent.name
        ),
    })
}

fn unique(relation: &Relation, constraint: &Constraint, at: usize) -> Option<Mutant> {
    let (table, name) = (relation.name.to_string(), display_identifier(&constraint.name));
    let columns = without(&constraint.columns, at);
    // A key that the server makes up tells nothing of others: stripped of the tenant it is as good as before.
    let made_up = |column: &String| {
        relation.column(column).is_some_and(|column| {
            column.type_name == "uuid"
                || column.identity.is_some()
                || column.default.as_ref().is_some_and(|d| d.contains("nextval("))
        })
    };
    if columns.iter().all(made_up) {
        return None;
    }
    Some(Mutant {
        name: format!("unique constraint {} of {table} without the tenant", constraint.name),
        relation: relation.oid,
        apply: format!(
            "ALTER TABLE {table} DROP CONSTRAINT {name};\nALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({})",
            names(&columns)
        ),
        revert: format!(
            "ALTER TABLE {table} DROP CONSTRAINT {name};\nALTER TABLE {table} ADD CONSTRAINT {name} {}",
            constraint.definition
        ),
    })
}
