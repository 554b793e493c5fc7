//! Finding the differences: objects paired by identity, parts by name, facts by name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Change, Difference, FactChange, Members, Part};
use crate::{
    catalog::{
        Catalog,
        facts::{Fact, FactValue, Facts},
        kind::ObjectKind,
        objects::{CatalogObject, Objects},
        relation::{Relation, RelationKind},
    },
    name::display_identifier,
};

/// All differences, ordered by kind, then name, then part.
pub(in crate::catalog) fn between(before: &Catalog, after: &Catalog) -> Vec<Difference> {
    let mut found = Vec::new();
    of_objects(&before.schemas, &after.schemas, &mut found);
    of_objects(&before.extensions, &after.extensions, &mut found);
    of_objects(&before.types, &after.types, &mut found);
    of_relations(&before.relations, &after.relations, &mut found);
    of_objects(&before.functions, &after.functions, &mut found);
    of_objects(&before.others, &after.others, &mut found);
    // Stable: parts of one relation stay in their order.
    found.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.object.cmp(&b.object)));
    found
}

/// The differences of objects without parts.
pub(in crate::catalog) fn of_objects<T: CatalogObject>(
    before: &Objects<T>,
    after: &Objects<T>,
    found: &mut Vec<Difference>,
) {
    for (old, new) in before.paired(after) {
        match (old, new) {
            (Some(old), Some(new)) => {
                found.extend(changed(&old.facts(), &new.facts()).map(|change| whole(new, change)));
            }
            (Some(old), None) => found.push(whole(old, Change::Missing { parts: Vec::new() })),
            (None, Some(new)) => found.push(whole(new, Change::Added { parts: Vec::new() })),
            (None, None) => {}
        }
    }
}

fn of_relations(before: &Objects<Relation>, after: &Objects<Relation>, found: &mut Vec<Difference>) {
    let mut pairs = Vec::new();
    for (old, new) in before.paired(after) {
        match (old, new) {
            (Some(old), Some(new)) if old.kind == new.kind => pairs.push((old, new)),
            (old, new) => {
                found.extend(old.map(|old| whole(old, Change::Missing { parts: old.parts() })));
                found.extend(new.map(|new| whole(new, Change::Added { parts: new.parts() })));
            }
        }
    }
    // What is the same difference in a partition as in its parent is told once, of the parent.
    let mut columns: HashMap<String, Vec<(String, Change)>> = HashMap::new();
    for (old, new) in &pairs {
        let own = of_columns(old, new);
        columns.insert(new.name.to_string(), own);
    }
    for (old, new) in pairs {
        found.extend(changed(&old.facts(), &new.facts()).map(|change| whole(new, change)));
        let own = columns.get(&new.name.to_string()).cloned().unwrap_or_default();
        let above = parent_name(old).filter(|parent| Some(parent) == parent_name(new).as_ref());
        let above = above.and_then(|parent| columns.get(&parent));
        for (name, change) in own {
            let told = above.is_some_and(|above| above.contains(&(name.clone(), change.clone())));
            if !told {
                found.push(part(new, ObjectKind::Column, &name, change));
            }
        }
        found.extend(column_order(old, new));
        of_parts(old, new, found);
    }
}

fn parent_name(relation: &Relation) -> Option<String> {
    relation.partition.as_ref().map(|partition| partition.parent.to_string())
}

/// Columns by name: those that went and came, and those that changed.
fn of_columns(old: &Relation, new: &Relation) -> Vec<(String, Change)> {
    let mut found = Vec::new();
    for column in &old.columns {
        match new.column(&column.name) {
            Some(other) if column == other => {}
            Some(other) => found
                .extend(changed(&column.facts(), &other.facts()).map(|change| (column.name.clone(), change))),
            None => found.push((column.name.clone(), Change::Missing { parts: Vec::new() })),
        }
    }
    for column in &new.columns {
        if old.column(&column.name).is_none() {
            found.push((column.name.clone(), Change::Added { parts: Vec::new() }));
        }
    }
    found
}

/// The order of the columns that both have. For tables it is a difference of its own kind, for composite types and
/// views it is a change like any other, because values are written and read by position.
fn column_order(old: &Relation, new: &Relation) -> Option<Difference> {
    let common = |from: &Relation, to: &Relation| -> Vec<String> {
        let kept = from.columns.iter().filter(|column| to.column(&column.name).is_some());
        kept.map(|column| display_identifier(&column.name)).collect()
    };
    let (before, after) = (common(old, new), common(new, old));
    if before == after {
        return None;
    }
    let change = if new.is_table() {
        Change::ColumnOrder { before, after }
    } else {
        Change::Changed(vec![FactChange {
            name: if new.kind == RelationKind::CompositeType { "attribute order" } else { "column order" }
                .to_owned(),
            before: Some(before.join(", ")),
            after: Some(after.join(", ")),
            members: Members::default(),
        }])
    };
    Some(whole(new, change))
}

/// Constraints, indexes, triggers, rules, policies and statistics by kind and name.
fn of_parts(old: &Relation, new: &Relation, found: &mut Vec<Difference>) {
    let index = |relation: &Relation| -> BTreeMap<(ObjectKind, String), Facts> {
        let parts = relation.named_parts().into_iter();
        parts.map(|(kind, name, facts)| ((kind, name.to_owned()), facts)).collect()
    };
    let (before, after) = (index(old), index(new));
    let keys: BTreeSet<&(ObjectKind, String)> = before.keys().chain(after.keys()).collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for key in keys {
        let (kind, name) = key;
        let change = match (before.get(key), after.get(key)) {
            (Some(a), Some(b)) => changed(a, b),
            (Some(_), None) => Some(Change::Missing { parts: Vec::new() }),
            (None, Some(_)) => Some(Change::Added { parts: Vec::new() }),
            (None, None) => None,
        };
        let Some(change) = change else { continue };
        if *kind == ObjectKind::Constraint {
            if follows_from_column(old, new, name) {
                continue;
            }
            told.insert(name);
        }
        // An index behind a constraint of which this was told already says nothing new.
        let serves =
            |relation: &Relation| relation.index(name).is_some_and(|index| index.constraint.is_some());
        let behind = *kind == ObjectKind::Index && told.contains(name.as_str());
        if !(behind && (serves(old) || serves(new))) {
            found.push(part(new, *kind, name, change));
        }
    }
}

/// PostgreSQL 18 keeps `NOT NULL` as a constraint too; of the column it was told already.
fn follows_from_column(old: &Relation, new: &Relation, constraint: &str) -> bool {
    use crate::catalog::constraint::ConstraintKind::NotNull;
    let find =
        |relation: &'_ Relation| relation.constraint(constraint).filter(|c| c.kind == NotNull).cloned();
    match (find(old), find(new)) {
        (Some(only), None) | (None, Some(only)) => only.columns.iter().any(|name| {
            old.column(name).map(|column| column.not_null) != new.column(name).map(|column| column.not_null)
        }),
        _ => false,
    }
}

/// The facts that differ, by name, in the order of the first list; nothing when none do.
fn changed(before: &Facts, after: &Facts) -> Option<Change> {
    let mut changes = Vec::new();
    for old in before.iter() {
        match after.iter().find(|new| new.name == old.name) {
            Some(new) if new == old => {}
            Some(new) => changes.push(fact_change(Some(old), Some(new))),
            None => changes.push(fact_change(Some(old), None)),
        }
    }
    for new in after.iter() {
        if !before.iter().any(|old| old.name == new.name) {
            changes.push(fact_change(None, Some(new)));
        }
    }
    changes.retain(|change| change.before != change.after);
    (!changes.is_empty()).then_some(Change::Changed(changes))
}

fn fact_change(old: Option<&Fact>, new: Option<&Fact>) -> FactChange {
    let text = |fact: Option<&Fact>| match fact.map(|fact| &fact.value) {
        None => None,
        Some(FactValue::Text(value) | FactValue::Long(value)) => value.clone(),
        Some(FactValue::Set(members) | FactValue::Sequence(members)) => {
            (!members.is_empty()).then(|| members.join(", "))
        }
    };
    let set = |fact: Option<&Fact>| match fact.map(|fact| &fact.value) {
        Some(FactValue::Set(members)) => members.clone(),
        _ => Vec::new(),
    };
    let (a, b) = (set(old), set(new));
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|member| !those.contains(member)).cloned().collect()
    };
    FactChange {
        name: old.or(new).map_or_else(String::new, |fact| fact.name.to_string()),
        before: text(old),
        after: text(new),
        members: Members { missing: without(&a, &b), added: without(&b, &a) },
    }
}

fn whole<T: CatalogObject>(object: &T, change: Change) -> Difference {
    Difference { kind: object.kind(), object: object.shown_name(), part: None, change }
}

fn part(relation: &Relation, kind: ObjectKind, name: &str, change: Change) -> Difference {
    // The name of statistics may bring its schema and is readable already.
    let name = if kind == ObjectKind::Statistics { name.to_owned() } else { display_identifier(name) };
    Difference {
        kind: relation.kind(),
        object: relation.name.to_string(),
        part: Some(Part { kind, name }),
        change,
    }
}
