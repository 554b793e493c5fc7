//! What is made or dropped by itself though it could go with something else, and what steps aside.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::{
    catalog::{ConstraintKind, RelationKind},
    name::QualifiedName,
};

use super::{
    fate::{Fate, Fates},
    key::{Key, Part},
    plan::Steps,
    sql::aside,
    things::{Side, Subject},
};

/// What is asked of a round of planning.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// What is dropped by itself though it could go with something else.
    pub(super) drops: BTreeSet<Key>,
    /// What is made by itself though it could come with something else.
    pub(super) makes: BTreeSet<Key>,
}

/// A column cannot be added as an identity to a table that others inherit from; it can become one.
pub(super) fn identities_above_others(from: &Side<'_>, to: &Side<'_>, fates: &Fates) -> BTreeSet<Key> {
    let both = || from.catalog.relations.iter().chain(to.catalog.relations.iter());
    let is_above = |table: &QualifiedName| {
        both().any(|other| {
            other.inherits.contains(table)
                || other.partition.as_ref().is_some_and(|above| above.parent == *table)
        })
    };
    let identities = to.things.iter().filter_map(|(key, thing)| match thing.subject {
        Subject::Identity(table, ..) => Some((key, table)),
        _ => None,
    });
    identities
        .filter(|(key, table)| {
            fates.is_made(key) && fates.is_kept(&Key::Relation(table.name.clone())) && is_above(&table.name)
        })
        .map(|(key, _)| key.clone())
        .collect()
}

/// Types that are made anew while columns go on using them, with the names that they get meanwhile.
pub(super) fn stepping_aside(from: &Side<'_>, to: &Side<'_>, fates: &Fates) -> BTreeMap<Key, QualifiedName> {
    let mut found: BTreeMap<Key, QualifiedName> = BTreeMap::new();
    let remade = |key: &Key| match (fates.get(key), from.subject(key)) {
        (Some(Fate::Remade), Some(Subject::Type(object))) => Some(object.name.clone()),
        (Some(Fate::Remade), Some(Subject::Relation(relation)))
            if relation.kind == RelationKind::CompositeType =>
        {
            Some(relation.name.clone())
        }
        _ => None,
    };
    loop {
        let users =
            from.things.iter().filter(|(key, _)| fates.retyped.contains(*key) || found.contains_key(*key));
        let wanted = users.flat_map(|(_, thing)| thing.needs.iter());
        let next = wanted
            .filter(|need| !found.contains_key(*need))
            .find_map(|need| Some((need.clone(), remade(need)?)));
        let Some((key, name)) = next else { return found };
        let taken = |name: &QualifiedName| {
            let keys = [Key::Type(name.clone()), Key::Relation(name.clone())];
            keys.iter().any(|key| from.things.contains_key(key) || to.things.contains_key(key))
                || found.values().any(|other| other == name)
        };
        let other = aside(&name, taken);
        found.insert(key, other);
    }
}

/// What has to be taken apart, because it stands in a circle.
pub(super) fn circles(
    from: &Side<'_>,
    steps: &Steps,
    reasons: &[(Key, usize, usize)],
    fates: &Fates,
    apart: &Apart,
) -> Apart {
    let circle = steps.graph.hard_circles();
    let mut more = Apart::default();
    for (key, first, second) in reasons {
        if first == second || circle.get(*first) != circle.get(*second) || !matches!(key, Key::Part(..)) {
            continue;
        }
        let own = |step: Option<&usize>| {
            step.and_then(|at| steps.graph.steps.get(*at)).is_some_and(|step| step.key == *key)
        };
        let dropped = fates.is_dropped(key) && steps.drop.get(key).is_some_and(|at| at == first);
        if dropped && !own(steps.drop.get(key)) && can_go_alone(from, key) && !apart.drops.contains(key) {
            more.drops.insert(key.clone());
        }
        let made = fates.is_made(key) && steps.make.get(key).is_some_and(|at| at == second);
        if made && !own(steps.make.get(key)) && can_come_alone(key) && !apart.makes.contains(key) {
            more.makes.insert(key.clone());
        }
    }
    more
}

/// Keys with an index go with their table, and what points to them goes before.
fn can_go_alone(from: &Side<'_>, key: &Key) -> bool {
    use Part::{Default, OwnedBy, Policy, Rule, Statistics, Trigger};
    match from.subject(key) {
        Some(Subject::Constraint(_, constraint)) => {
            matches!(constraint.kind, ConstraintKind::ForeignKey | ConstraintKind::Check)
        }
        _ => matches!(key, Key::Part(Default | OwnedBy | Policy | Rule | Statistics | Trigger, ..)),
    }
}

fn can_come_alone(key: &Key) -> bool {
    matches!(key, Key::Part(Part::Constraint | Part::Default, ..))
}
