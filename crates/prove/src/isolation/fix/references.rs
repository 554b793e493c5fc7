//! Foreign keys that carry the tenant, in the place of those that let a row refer to another tenant's.

use freehold_model::{
    catalog::{Constraint, ConstraintKind, Relation},
    name::display_identifier,
};

use super::{Case, Change, Family, Fix, Outcome, names};

pub(super) fn add(case: &Case<'_>, fix: &mut Fix) {
    let mut keys_made: Vec<String> = Vec::new();
    for (cell, relation) in case.leaks(&[Family::Reference]) {
        let Outcome::Leaked(leak) = &cell.outcome else { continue };
        let constraint = leak.by.as_deref().and_then(|name| relation.constraint(name));
        let Some(key) = constraint.filter(|constraint| constraint.kind == ConstraintKind::ForeignKey) else {
            continue;
        };
        // A partition's key is its parent's.
        if key.has_parent {
            continue;
        }
        match of(case, relation, key, &mut keys_made) {
            Some(change) if !fix.changes.contains(&change) => fix.changes.push(change),
            Some(_) => {}
            None => fix.remains.push(format!(
                "{}: the foreign key {} cannot carry the tenant, for one of the two tables has no column for it",
                relation.name, key.name
            )),
        }
    }
}

fn of(case: &Case<'_>, relation: &Relation, key: &Constraint, keys_made: &mut Vec<String>) -> Option<Change> {
    let parent = case.catalog.relation(key.referenced_table.as_ref()?)?;
    let (own, _) = case.tenant_column(relation)?;
    let (theirs, _) = case.tenant_column(parent)?;
    if key.columns.contains(&own) {
        return None;
    }
    let with = |tenant: &str, columns: &[String]| -> Vec<String> {
        std::iter::once(tenant.to_owned()).chain(columns.iter().cloned()).collect()
    };
    let (columns, referenced) = (with(&own, &key.columns), with(&theirs, &key.referenced_columns));
    let (table, parent_name) = (relation.name.to_string(), parent.name.to_string());
    let (mut up, mut down) = (Vec::new(), Vec::new());
    let is_there = parent.constraints.iter().any(|constraint| {
        matches!(constraint.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
            && constraint.columns.len() == referenced.len()
            && referenced.iter().all(|column| constraint.columns.contains(column))
    });
    let unique = display_identifier(&format!("{}_{}_key", parent.name.name, referenced.join("_")));
    let made = format!("{parent_name} {unique}");
    if !is_there && !keys_made.contains(&made) {
        up.push(format!(
            "ALTER TABLE {parent_name} ADD CONSTRAINT {unique} UNIQUE ({});",
            names(&referenced)
        ));
        keys_made.push(made);
        down.push(format!("ALTER TABLE {parent_name} DROP CONSTRAINT {unique};"));
    }
    let name = display_identifier(&key.name);
    let carrying = format!(
        "FOREIGN KEY ({}) REFERENCES {parent_name} ({}){}",
        names(&columns),
        names(&referenced),
        actions(case, key)
    );
    up.push(format!("ALTER TABLE {table} DROP CONSTRAINT {name};"));
    up.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {carrying};"));
    down.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {};", key.definition));
    down.push(format!("ALTER TABLE {table} DROP CONSTRAINT {name};"));
    down.reverse();
    Some(Change {
        up: up.join("\n"),
        down: down.join("\n"),
        why: format!("A row of {table} refers only to rows of its own tenant in {parent_name}"),
    })
}

/// What follows a deletion or a change, and when it is checked. Only the old columns are emptied, never the tenant's.
fn actions(case: &Case<'_>, key: &Constraint) -> String {
    let mut text = String::new();
    for (event, action) in [("UPDATE", &key.on_update), ("DELETE", &key.on_delete)] {
        let Some(action) = action.as_deref().filter(|action| *action != "NO ACTION") else { continue };
        text.push_str(&format!(" ON {event} {action}"));
        if event == "DELETE" && action.starts_with("SET") && case.form.major >= 15 {
            text.push_str(&format!(" ({})", names(&key.columns)));
        }
    }
    for word in ["DEFERRABLE INITIALLY DEFERRED", "DEFERRABLE"] {
        if key.definition.contains(word) && !key.definition.contains(&format!("NOT {word}")) {
            text.push_str(&format!(" {word}"));
            break;
        }
    }
    text
}
