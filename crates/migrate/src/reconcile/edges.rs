//! What has to come before what.

use std::collections::BTreeMap;

use freehold_model::{
    catalog::{ConstraintKind, Index, RelationKind},
    name::QualifiedName,
};

use super::{
    fate::{Fate, Fates},
    key::{Key, Part},
    plan::Steps,
    things::{Side, Subject},
    write::inherits_at_once,
};

/// Adds all edges. Gives those that come from a thing's needs: the thing, the first step, the second.
pub(super) fn add(
    steps: &mut Steps,
    from: &Side<'_>,
    to: &Side<'_>,
    fates: &Fates,
) -> Vec<(Key, usize, usize)> {
    let mut reasons = Vec::new();
    drops(steps, from, fates, &mut reasons);
    makes(steps, to, fates, &mut reasons);
    names(steps, from, to, fates);
    for (key, thing) in &to.things {
        match thing.subject {
            Subject::Attached(table) => {
                let parent = table.partition.as_ref().map(|partition| &partition.parent);
                for name in [Some(&table.name), parent].into_iter().flatten() {
                    parts_before(steps, to, name, key);
                }
                cleared_before(steps, from, &table.name, key);
            }
            Subject::Inherits(table, parent) => {
                inherited_before(steps, to, parent, key);
                if !inherits_at_once(table) {
                    inherited_before(steps, to, &table.name, key);
                }
                cleared_before(steps, from, &table.name, key);
            }
            Subject::OwnedBy(sequence, owner) => {
                let link = steps.make.get(key).copied();
                for name in [&sequence.name, &owner.table] {
                    steps.graph.before(steps.owner.get(&Key::Relation(name.clone())).copied(), link);
                }
            }
            _ => {}
        }
    }
    leaving(steps, from);
    merging(steps, to, fates);
    copies(steps, from, to);
    inherited_goes_last(steps, from);
    column_order(steps, to);
    reasons
}

/// What hangs on something goes before it, or is changed before it.
fn drops(steps: &mut Steps, from: &Side<'_>, fates: &Fates, reasons: &mut Vec<(Key, usize, usize)>) {
    for (key, thing) in &from.things {
        let own = steps.drop.get(key).copied();
        let own_late = steps.late_drop.get(key).copied().or(own);
        let altered = if fates.is_kept(key) { steps.make.get(key).copied() } else { None };
        for need in &thing.needs {
            let early = steps.drop.get(need).copied();
            let late = steps.late_drop.get(need).copied().or(early);
            steps.graph.before(own_late, late);
            if !steps.late_drop.contains_key(key) {
                // A function is dropped by the name that its arguments' types still have.
                steps.graph.before(own, early);
            }
            if let (Some(first), Some(second)) = (own, early) {
                reasons.push((key.clone(), first, second));
            }
            steps.graph.before(altered, late);
            let altered_column = matches!(need, Key::Part(Part::Column, ..)) && fates.is_kept(need);
            if altered_column {
                steps.graph.before(own, steps.make.get(need).copied());
            }
        }
        // What takes the place is made when the old one is gone.
        let made = if fates.is_made(key) { steps.make.get(key).copied() } else { None };
        steps.graph.before(own, made);
        steps.graph.before(own, steps.shell.get(key).copied());
    }
}

/// What is needed is made before.
fn makes(steps: &mut Steps, to: &Side<'_>, fates: &Fates, reasons: &mut Vec<(Key, usize, usize)>) {
    for (key, thing) in &to.things {
        let own = steps.make.get(key).copied();
        let is_function = matches!(key, Key::Function(..));
        if let Some(shell) = steps.shell.get(key).copied() {
            steps.graph.before(Some(shell), own);
            let schema = thing.needs.iter().find(|need| matches!(need, Key::Schema(_)));
            steps.graph.before(schema.and_then(|schema| steps.make.get(schema).copied()), Some(shell));
        }
        for need in &thing.needs {
            let shell = steps.shell.get(need).copied().filter(|_| is_function);
            let Some(before) = shell.or_else(|| steps.make.get(need).copied()) else { continue };
            if let Some(own) = own {
                steps.graph.before(Some(before), Some(own));
                reasons.push((key.clone(), before, own));
            }
        }
        for wish in &thing.wishes {
            if fates.get(wish) != Some(Fate::Same) {
                steps.graph.rather_before(steps.make.get(wish).copied(), own);
            }
        }
    }
}

/// The name under which nothing else may be, with what it is within.
fn occupied(subject: Subject<'_>) -> Option<(char, String, String)> {
    let index = |schema: &str, index: &Index| Some(('r', schema.to_owned(), index.name.clone()));
    match subject {
        Subject::Relation(relation) => Some(('r', relation.name.schema.clone(), relation.name.name.clone())),
        Subject::Type(object) => Some(('r', object.name.schema.clone(), object.name.name.clone())),
        Subject::Index(table, it) => index(&table.name.schema, it),
        Subject::Function(function) => {
            Some(('f', function.name.quoted(), function.identity_arguments.clone()))
        }
        Subject::Constraint(table, constraint) => Some(('c', table.name.quoted(), constraint.name.clone())),
        _ => None,
    }
}

fn names(steps: &mut Steps, from: &Side<'_>, to: &Side<'_>, fates: &Fates) {
    let mut freed: BTreeMap<(char, String, String), Vec<usize>> = BTreeMap::new();
    for (key, thing) in from.things.iter().filter(|(key, _)| fates.is_dropped(key)) {
        if let (Some(name), Some(at)) = (occupied(thing.subject), steps.drop.get(key)) {
            freed.entry(name).or_default().push(*at);
        }
    }
    for (key, thing) in to.things.iter().filter(|(key, _)| fates.is_made(key)) {
        let Some(name) = occupied(thing.subject) else { continue };
        for at in freed.get(&name).into_iter().flatten() {
            let first = steps.shell.get(key).or_else(|| steps.make.get(key)).copied();
            steps.graph.before(Some(*at), first);
        }
    }
}

/// A table is taken below another when both are whole, foreign keys left out.
fn parts_before(steps: &mut Steps, to: &Side<'_>, table: &QualifiedName, key: &Key) {
    let Some(own) = steps.make.get(key).copied() else { return };
    let Some(relation) = to.relation(table) else { return };
    let columns = relation.columns.iter().map(|column| Key::column(table, &column.name));
    let constraints =
        relation.constraints.iter().filter(|constraint| constraint.kind != ConstraintKind::ForeignKey);
    let constraints =
        constraints.map(|constraint| Key::Part(Part::Constraint, table.clone(), constraint.name.clone()));
    let indexes =
        relation.indexes.iter().map(|index| Key::Part(Part::Index, table.clone(), index.name.clone()));
    for part in columns.chain(constraints).chain(indexes) {
        steps.graph.before(steps.make.get(&part).copied(), Some(own));
    }
}

/// A table inherits from another when the columns and checks of both are there.
fn inherited_before(steps: &mut Steps, to: &Side<'_>, table: &QualifiedName, key: &Key) {
    let Some(own) = steps.make.get(key).copied() else { return };
    let Some(relation) = to.relation(table) else { return };
    let columns = relation.columns.iter().map(|column| Key::column(table, &column.name));
    let checks = relation.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::Check);
    let checks = checks.map(|check| Key::Part(Part::Constraint, table.clone(), check.name.clone()));
    for part in columns.chain(checks) {
        steps.graph.before(steps.make.get(&part).copied(), Some(own));
    }
}

/// What a table does not keep is gone before it is taken below another, which brings parts of the same names.
fn cleared_before(steps: &mut Steps, from: &Side<'_>, table: &QualifiedName, key: &Key) {
    let Some(own) = steps.make.get(key).copied() else { return };
    let Some(old) = from.relation(table) else { return };
    let columns = old.columns.iter().map(|column| Key::column(table, &column.name));
    let constraints = old.constraints.iter().map(|it| (Part::Constraint, &it.name));
    let triggers = old.triggers.iter().map(|it| (Part::Trigger, &it.name));
    let named = constraints.chain(triggers).map(|(part, name)| Key::Part(part, table.clone(), name.clone()));
    for part in columns.chain(named) {
        steps.graph.before(steps.drop.get(&part).copied(), Some(own));
    }
}

/// A column that comes above takes in the one that an heir has already, which must be of the same type by then.
fn merging(steps: &mut Steps, to: &Side<'_>, fates: &Fates) {
    for relation in to.catalog.relations.iter().filter(|relation| relation.is_table()) {
        for (parent, column) in
            relation.inherits.iter().flat_map(|parent| relation.columns.iter().map(move |c| (parent, c)))
        {
            let own = Key::column(&relation.name, &column.name);
            let above = Key::column(parent, &column.name);
            if fates.is_kept(&Key::Relation(relation.name.clone())) && fates.is_made(&above) {
                steps.graph.before(steps.make.get(&own).copied(), steps.make.get(&above).copied());
            }
        }
    }
}

/// What is inherited cannot go before it went above.
fn inherited_goes_last(steps: &mut Steps, from: &Side<'_>) {
    for (key, thing) in &from.things {
        let (table, Key::Part(part, _, name)) = (
            match thing.subject {
                Subject::Column(table, _) => table,
                Subject::Constraint(table, constraint) if constraint.kind == ConstraintKind::Check => table,
                _ => continue,
            },
            key,
        ) else {
            continue;
        };
        let partition = table.partition.iter().map(|partition| &partition.parent);
        for parent in partition.chain(&table.inherits) {
            let above = steps.drop.get(&Key::Part(*part, parent.clone(), name.clone())).copied();
            steps.graph.rather_before(above, steps.drop.get(key).copied());
        }
    }
}

/// A partition's own trigger or foreign key makes way for the copy of one above by the same name, and the other way round.
fn copies(steps: &mut Steps, from: &Side<'_>, to: &Side<'_>) {
    for (side, own_goes) in [(from, true), (to, false)] {
        for (key, thing) in &side.things {
            let (table, part, name) = match (thing.subject, key) {
                (Subject::Trigger(table, _), Key::Part(part, _, name)) => (table, *part, name),
                (Subject::Constraint(table, _), Key::Part(part, _, name)) => (table, *part, name),
                _ => continue,
            };
            let Some(partition) = &table.partition else { continue };
            let above = Key::Part(part, partition.parent.clone(), name.clone());
            let (first, second) = if own_goes {
                (steps.drop.get(key), steps.make.get(&above))
            } else {
                (steps.drop.get(&above), steps.make.get(key))
            };
            steps.graph.before(first.copied(), second.copied());
        }
    }
}

/// A table leaves the one above before anything of it changes.
fn leaving(steps: &mut Steps, from: &Side<'_>) {
    for (key, thing) in &from.things {
        let table = match thing.subject {
            Subject::Attached(table) | Subject::Inherits(table, _) => table,
            _ => continue,
        };
        let Some(left) = steps.drop.get(key).copied() else { continue };
        let columns = table.columns.iter().map(|column| Key::column(&table.name, &column.name));
        let constraints = table.constraints.iter().map(|constraint| (Part::Constraint, &constraint.name));
        let indexes = table.indexes.iter().map(|index| (Part::Index, &index.name));
        let named =
            constraints.chain(indexes).map(|(part, name)| Key::Part(part, table.name.clone(), name.clone()));
        for part in columns.chain(named) {
            steps.graph.before(Some(left), steps.drop.get(&part).copied());
            steps.graph.before(Some(left), steps.make.get(&part).copied());
        }
    }
}

/// Columns are added in their order.
fn column_order(steps: &mut Steps, to: &Side<'_>) {
    for relation in to.catalog.relations.iter().filter(|relation| relation.kind != RelationKind::Sequence) {
        let steps_of = relation
            .columns
            .iter()
            .map(|column| steps.make.get(&Key::column(&relation.name, &column.name)).copied());
        let steps_of: Vec<usize> = steps_of.flatten().collect();
        for pair in steps_of.windows(2) {
            if let [first, second] = pair {
                steps.graph.rather_before(Some(*first), Some(*second));
            }
        }
    }
}
