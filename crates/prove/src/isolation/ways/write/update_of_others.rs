//! `UPDATE` of rows of other tenants in A's context: none may be changed.
//!
//! The value is a constant and there is no WHERE, so that no policy for reading shields rows from it.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::writing::{Deed, Line, Subject, assignments},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-update",
    family: Family::Write,
    title: "UPDATE of rows of other tenants",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match Subject::of(world, target).await? {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let Some(other) = subject.other() else { return Ok(Vec::new()) };
    let Some(set) = harmless(&subject, other) else {
        return Ok(vec![Outcome::not_tried("it has no column that could be changed")]);
    };
    let blind = format!("UPDATE {} SET {set}", subject.name);
    let narrow = format!("{blind} WHERE {}", other.found_by);
    let deed = Deed {
        blind,
        control: (Who { tenant: Some(other.tenant), role: None }, narrow.clone()),
        narrow,
        done: "changed",
    };
    Ok(vec![subject.reach_others(&deed).await?])
}

/// A column that may be changed, set to what stands there in a row of another tenant: one that breaks no constraint where
/// there is such a one.
pub(super) fn harmless(subject: &Subject<'_>, other: &Line) -> Option<String> {
    let relations = subject.tables();
    let weight = |at: &usize| -> usize {
        let Some(place) = subject.places.get(*at) else { return usize::MAX };
        let in_key = relations
            .iter()
            .flat_map(|relation| &relation.indexes)
            .filter(|index| index.unique || index.exclusion)
            .any(|index| index.columns.iter().any(|column| column.column() == Some(&place.name)));
        let in_constraint = relations
            .iter()
            .flat_map(|relation| &relation.constraints)
            .any(|constraint| constraint.columns.contains(&place.name));
        let in_partition_key = relations
            .iter()
            .filter_map(|relation| relation.partition_key.as_ref())
            .any(|key| key.columns.contains(&place.name));
        let in_policy = relations.iter().flat_map(|relation| &relation.policies).any(|policy| {
            [&policy.using, &policy.with_check].into_iter().flatten().any(|text| text.contains(&place.name))
        });
        let heavy = [
            (!place.update, 64),
            (subject.tenant.contains(at), 32),
            (in_key || in_partition_key, 16),
            (in_policy, 8),
            (in_constraint, 4),
            (subject.value(other, *at).is_none(), 2),
        ];
        heavy.iter().filter(|(is_so, _)| *is_so).map(|(_, weight)| weight).sum()
    };
    let best = (0..subject.places.len())
        .filter(|at| subject.places.get(*at).is_some_and(|place| !place.generated && !place.always))
        .min_by_key(weight)?;
    let name = subject.places.get(best).map(|place| place.name.as_str())?;
    Some(assignments([(name, subject.value(other, best))]))
}
