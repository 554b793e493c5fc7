//! A tenant column for tables that belong to a tenant only through what they refer to.

use freehold_model::{catalog::Relation, name::display_identifier};

use super::{Case, Change, Fix, Ownership};

pub(super) fn add(case: &Case<'_>, fix: &mut Fix) {
    let mut todo: Vec<&Relation> = case
        .open_tables()
        .into_iter()
        .filter(|relation| matches!(case.tenancy.owned.get(&relation.oid), Some(Ownership::Through { .. })))
        .collect();
    // What others are filled from comes first.
    todo.sort_by_key(|relation| depth(case, relation.oid));
    for relation in todo {
        match of(case, relation) {
            Some(change) => fix.changes.push(change),
            None => fix.remains.push(format!(
                "{} has no tenant column, and none could be derived: add one by hand and fill it",
                relation.name
            )),
        }
    }
}

fn depth(case: &Case<'_>, mut relation: u32) -> usize {
    let mut depth = 0;
    while let Some(Ownership::Through { parent, .. }) = case.tenancy.owned.get(&relation) {
        depth += 1;
        relation = *parent;
        if depth > 16 {
            break;
        }
    }
    depth
}

fn of(case: &Case<'_>, relation: &Relation) -> Option<Change> {
    let (column, type_name) = case.usual_column()?;
    if relation.column(&column).is_some() {
        return None;
    }
    let Ownership::Through { parent, columns } = case.tenancy.owned.get(&relation.oid)? else { return None };
    let parent = case.catalog.relation_by_oid(*parent)?;
    let parent_column = match case.tenancy.owned.get(&parent.oid)? {
        Ownership::Root { key } => key.clone(),
        Ownership::Column(own) => own.clone(),
        Ownership::Through { .. } => column.clone(),
    };
    let (name, quoted) = (relation.name.to_string(), display_identifier(&column));
    let joined: Vec<String> = columns
        .iter()
        .map(|(own, theirs)| {
            format!("parent.{} = child.{}", display_identifier(theirs), display_identifier(own))
        })
        .collect();
    let always = columns.iter().all(|(own, _)| relation.column(own).is_some_and(|column| column.not_null));
    let setting = case.tenancy.settings.first()?;
    let default = case.read_setting(setting, &type_name);
    let mut up = vec![
        format!("ALTER TABLE {name} ADD COLUMN {quoted} {type_name};"),
        format!(
            "UPDATE {name} AS child SET {quoted} = parent.{} FROM {} AS parent WHERE {};",
            display_identifier(&parent_column),
            parent.name,
            joined.join(" AND ")
        ),
        // The application does not give the column yet.
        format!("ALTER TABLE {name} ALTER COLUMN {quoted} SET DEFAULT {default};"),
    ];
    if always {
        up.push(format!("ALTER TABLE {name} ALTER COLUMN {quoted} SET NOT NULL;"));
    }
    if let Some(root) = case.tenancy.root.and_then(|root| case.catalog.relation_by_oid(root))
        && let Some(key) = case.tenancy.column_of(root.oid)
    {
        let constraint = display_identifier(&format!("{}_{column}_fkey", relation.name.name));
        let key = display_identifier(key);
        up.push(format!(
            "ALTER TABLE {name} ADD CONSTRAINT {constraint} FOREIGN KEY ({quoted}) REFERENCES {} ({key});",
            root.name
        ));
    }
    Some(Change {
        up: up.join("\n"),
        down: format!("ALTER TABLE {name} DROP COLUMN {quoted};"),
        why: format!("{name} carries its tenant, filled from {}", parent.name),
    })
}
