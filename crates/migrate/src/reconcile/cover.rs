//! Which differences no statement mends, each named.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::{
    catalog::{
        Catalog, CatalogObject, Change, Column, Difference, FactChange, Members, ObjectKind, Relation,
    },
    name::{QualifiedName, display_identifier},
};

use super::{
    fate::Fates,
    key::{Key, Part},
    local,
    things::Side,
    tokens::split_outside,
    write::{inherits_at_once, is_older, is_thing},
};

/// The differences, or parts of them, that stay. The order of columns is looked at apart.
pub(super) fn left(
    from: &Side<'_>,
    to: &Side<'_>,
    fates: &Fates,
    differences: &[Difference],
) -> BTreeSet<String> {
    let mut left = BTreeSet::new();
    for difference in differences {
        let Change::Changed(changes) = &difference.change else { continue };
        for change in changes {
            left.extend(given_by_others(difference, change));
            let covered = match difference.subject_kind() {
                ObjectKind::Extension => match (&*change.name, &change.before, &change.after) {
                    ("version", Some(before), Some(after)) => !is_older(after, before),
                    // The members follow the version.
                    ("number of members", ..) => changes.iter().any(|change| change.name == "version"),
                    _ => true,
                },
                ObjectKind::Constraint => constraint(to, fates, difference, &change.name),
                ObjectKind::Index => index(to, fates, difference, &change.name),
                ObjectKind::PartitionedTable => !matches!(&*change.name, "persistence"),
                _ => true,
            };
            if !covered {
                left.insert(told(difference, change));
            }
        }
    }
    left.extend(local::marks(from, to, fates));
    left.extend(column_orders(from.catalog, to, fates));
    left.extend(triggers_of_constraints(from, to, fates));
    left
}

/// What others than the owner gave: only they can give or take it.
fn given_by_others(difference: &Difference, change: &FactChange) -> Option<String> {
    let theirs =
        |lines: &[String]| lines.iter().filter(|line| line.contains(" by ")).cloned().collect::<Vec<_>>();
    let members = Members { missing: theirs(&change.members.missing), added: theirs(&change.members.added) };
    let any = change.name == "privileges" && !(members.missing.is_empty() && members.added.is_empty());
    any.then(|| told(difference, &FactChange { members, ..change.clone() }))
}

fn told(difference: &Difference, change: &FactChange) -> String {
    let alone = Difference { change: Change::Changed(vec![change.clone()]), ..difference.clone() };
    alone.to_string()
}

fn relation<'c>(to: &Side<'c>, difference: &Difference) -> Option<&'c Relation> {
    to.catalog.relations.iter().find(|relation| relation.name.to_string() == difference.object)
}

/// True when the table goes below another, or leaves it: then the rest follows.
fn moves(to: &Side<'_>, fates: &Fates, table: &QualifiedName) -> bool {
    let is_move = |key: &Key| {
        matches!(key, Key::Part(Part::Attached | Part::Inherits, of, _) if of == table) && !fates.is_kept(key)
    };
    let above = to.relation(table).and_then(|table| table.partition.as_ref()).map(|p| p.parent.clone());
    fates.iter().any(|(key, _)| is_move(key))
        || fates.is_made(&Key::Relation(table.clone()))
        || above.is_some_and(|above| fates.is_made(&Key::Relation(above)))
}

fn constraint(to: &Side<'_>, fates: &Fates, difference: &Difference, fact: &str) -> bool {
    let Some(relation) = relation(to, difference) else { return true };
    let name = difference.part.as_ref().map(|part| part.name.as_str()).unwrap_or_default();
    let found = relation.constraints.iter().find(|constraint| display_identifier(&constraint.name) == name);
    let Some(constraint) = found else { return true };
    let key = Key::Part(Part::Constraint, relation.name.clone(), constraint.name.clone());
    if !is_thing(constraint) {
        return moves(to, fates, &relation.name) || keys_made(to, fates, relation);
    }
    match fact {
        "part of the parent's" | "no inherit" | "enforced" | "deferrable" | "validated" => {
            !fates.is_kept(&key)
                || moves(to, fates, &relation.name)
                || fates.get(&key) == Some(super::fate::Fate::Altered)
        }
        // Told below, for made ones as well.
        _ => true,
    }
}

/// True when a foreign key of the table, or of one above, is made: its copies follow.
fn keys_made(to: &Side<'_>, fates: &Fates, table: &Relation) -> bool {
    let above = |table: &&Relation| to.relation(&table.partition.as_ref()?.parent);
    let mut tables = std::iter::successors(Some(table), above).take(64);
    tables.any(|table| {
        table
            .foreign_keys()
            .any(|key| fates.is_made(&Key::Part(Part::Constraint, table.name.clone(), key.name.clone())))
    })
}

fn index(to: &Side<'_>, fates: &Fates, difference: &Difference, fact: &str) -> bool {
    let Some(relation) = relation(to, difference) else { return true };
    let name = difference.part.as_ref().map(|part| part.name.as_str()).unwrap_or_default();
    let Some(index) = relation.indexes.iter().find(|index| display_identifier(&index.name) == name) else {
        return true;
    };
    let key = Key::Part(Part::Index, relation.name.clone(), index.name.clone());
    let place = Key::Part(Part::IndexAttached, relation.name.clone(), index.name.clone());
    match fact {
        "valid" | "ready" => index.valid || !fates.is_kept(&key),
        "part of the parent's" => {
            !fates.is_kept(&key) || fates.is_made(&place) || moves(to, fates, &relation.name)
        }
        _ => true,
    }
}

/// Foreign keys whose triggers are to be disabled: their names are only known to the server.
fn triggers_of_constraints(from: &Side<'_>, to: &Side<'_>, fates: &Fates) -> Vec<String> {
    let mut left = Vec::new();
    for relation in &to.catalog.relations {
        for constraint in &relation.constraints {
            let key = Key::Part(Part::Constraint, relation.name.clone(), constraint.name.clone());
            let before = from.relation(&relation.name).and_then(|old| old.constraint(&constraint.name));
            let enabled =
                if fates.is_kept(&key) { before.is_none_or(|old| old.triggers_enabled) } else { true };
            if enabled != constraint.triggers_enabled {
                let (reached, wanted) = if enabled { ("yes", "no") } else { ("no", "yes") };
                let (kind, table) = (relation.kind(), &relation.name);
                let name = display_identifier(&constraint.name);
                left.push(format!(
                    "{kind} {table}: constraint {name}: triggers enabled {reached} → {wanted}"
                ));
            }
        }
    }
    left
}

/// Tables whose columns will stand in another order than in the catalog that is to be.
fn column_orders(from: &Catalog, to: &Side<'_>, fates: &Fates) -> Vec<String> {
    let mut orders: BTreeMap<QualifiedName, Vec<String>> = BTreeMap::new();
    for _ in 0..to.catalog.relations.len().min(16) {
        let before = orders.len();
        for table in to.catalog.relations.iter().filter(|relation| relation.is_table()) {
            let order = order(from, to, fates, table, &orders);
            orders.insert(table.name.clone(), order);
        }
        if orders.len() == before {
            break;
        }
    }
    let mut left = Vec::new();
    for table in to.catalog.relations.iter().filter(|relation| relation.is_table()) {
        let wanted: Vec<&String> = table.columns.iter().map(|column| &column.name).collect();
        let Some(order) = orders.get(&table.name).filter(|order| order.iter().collect::<Vec<_>>() != wanted)
        else {
            continue;
        };
        left.extend(
            table
                .statistics
                .iter()
                .filter_map(|one| statistics_order(table, order, &one.name, &one.definition)),
        );
        let shown = |names: &mut dyn Iterator<Item = &String>| {
            names.map(|name| display_identifier(name)).collect::<Vec<_>>().join(", ")
        };
        left.push(format!(
            "{} {}: column order {} → {}",
            table.kind(),
            table.name,
            shown(&mut order.iter()),
            shown(&mut wanted.into_iter())
        ));
    }
    left
}

/// Extended statistics are printed in the order of the table's columns.
fn statistics_order(table: &Relation, order: &[String], name: &str, definition: &str) -> Option<String> {
    let (head, rest) = definition.split_once(" ON ")?;
    let (columns, tail) = rest.rsplit_once(" FROM ")?;
    let mut reached = split_outside(columns, ',');
    let place =
        |text: &str| order.iter().position(|name| display_identifier(name) == text).unwrap_or(usize::MAX);
    // Expressions stand behind all columns.
    reached.sort_by_key(|text| place(text));
    let reached = format!("{head} ON {} FROM {tail}", reached.join(", "));
    (reached != definition)
        .then(|| format!("statistics {name} on {}: definition {reached} → {definition}", table.name))
}

/// How a table's columns will be ordered.
fn order(
    from: &Catalog,
    to: &Side<'_>,
    fates: &Fates,
    table: &Relation,
    known: &BTreeMap<QualifiedName, Vec<String>>,
) -> Vec<String> {
    let names = |columns: &[Column]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    if fates.is_kept(&Key::Relation(table.name.clone())) {
        let old = from.relation(&table.name).map(|old| names(&old.columns)).unwrap_or_default();
        let kept = |name: &String| fates.is_kept(&Key::column(&table.name, name));
        let mut order: Vec<String> = old.into_iter().filter(kept).collect();
        let added = names(&table.columns);
        order.extend(added.into_iter().filter(|name| fates.is_made(&Key::column(&table.name, name))));
        return order;
    }
    if !inherits_at_once(table) {
        return names(&table.columns);
    }
    let above = table.inherits.iter().filter_map(|parent| {
        known.get(parent).cloned().or_else(|| to.relation(parent).map(|parent| names(&parent.columns)))
    });
    let own = table.columns.iter().filter(|column| column.is_local).map(|column| column.name.clone());
    let mut order: Vec<String> = Vec::new();
    for name in above.flatten().chain(own) {
        if !order.contains(&name) && table.column(&name).is_some() {
            order.push(name);
        }
    }
    order
}
