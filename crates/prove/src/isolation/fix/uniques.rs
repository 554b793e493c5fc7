//! Unique constraints and indexes that carry the tenant.

use freehold_model::{
    catalog::{ConstraintKind, Relation},
    name::{QualifiedName, display_identifier},
};

use super::{Case, Change, Family, Fix, Outcome, names};

pub(super) fn add(case: &Case<'_>, fix: &mut Fix) {
    for (cell, relation) in case.leaks(&[Family::Reference]) {
        let Outcome::Leaked(leak) = &cell.outcome else { continue };
        let Some(name) = leak.by.as_deref() else { continue };
        if relation.constraint(name).is_some_and(|constraint| constraint.kind == ConstraintKind::ForeignKey) {
            continue;
        }
        match of(case, relation, name) {
            Some(change) if !fix.changes.contains(&change) => fix.changes.push(change),
            Some(_) => {}
            None => fix.remains.push(format!(
                "{}: {name} tells which values other tenants have; it is referred to, or cannot carry the tenant: \
                 make it again with the tenant in front",
                relation.name
            )),
        }
    }
}

fn of(case: &Case<'_>, relation: &Relation, name: &str) -> Option<Change> {
    let (tenant, _) = case.tenant_column(relation)?;
    let table = relation.name.to_string();
    let shown = display_identifier(name);
    let why = format!("{name} tells a tenant nothing of the values of others");
    if let Some(constraint) = relation.constraint(name) {
        let referred_to = case.catalog.relations.iter().flat_map(Relation::foreign_keys).any(|key| {
            key.referenced_table.as_ref() == Some(&relation.name)
                && key.referenced_columns == constraint.columns
        });
        if constraint.kind != ConstraintKind::Unique || referred_to {
            return None;
        }
        let mut columns = vec![tenant];
        columns.extend(constraint.columns.iter().cloned());
        return Some(Change {
            up: format!(
                "ALTER TABLE {table} DROP CONSTRAINT {shown};\nALTER TABLE {table} ADD CONSTRAINT {shown} UNIQUE ({});",
                names(&columns)
            ),
            down: format!(
                "ALTER TABLE {table} DROP CONSTRAINT {shown};\nALTER TABLE {table} ADD CONSTRAINT {shown} {};",
                constraint.definition
            ),
            why,
        });
    }
    let index = relation.index(name)?;
    let index_name = QualifiedName::new(relation.name.schema.clone(), name.to_owned());
    // As the server writes it: `CREATE UNIQUE INDEX name ON schema.table USING btree (expressions) …`.
    let (head, keys) = index.definition.split_once('(')?;
    Some(Change {
        up: format!("DROP INDEX {index_name};\n{head}({}, {keys};", display_identifier(&tenant)),
        down: format!("DROP INDEX {index_name};\n{};", index.definition),
        why,
    })
}
