//! Exclusion constraints that do not compare the tenant: A's row is refused for one of another tenant's.

use freehold_model::{
    catalog::{ConstraintKind, Relation},
    name::display_identifier,
};

use super::oracle::ask;
use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::writing::Subject,
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "reference-exclusion",
    family: Family::Reference,
    title: "exclusion constraints that tell of other tenants' rows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let indexes: Vec<_> = relation
        .indexes
        .iter()
        .filter(|index| index.exclusion && !index.unique && index.valid && !index.attached)
        .collect();
    if indexes.is_empty() {
        return Ok(Vec::new());
    }
    let subject = match Subject::of_table(world, relation) {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let mut outcomes = Vec::new();
    for index in indexes {
        if compares_tenant(&subject, relation, &index.name) {
            continue;
        }
        outcomes.extend(ask(&subject, index, "23P01").await?);
    }
    Ok(outcomes)
}

/// The tenant is in it, compared with `=`.
fn compares_tenant(subject: &Subject<'_>, relation: &Relation, name: &str) -> bool {
    let exclusions = relation
        .constraints
        .iter()
        .filter(|constraint| constraint.kind == ConstraintKind::Exclusion && constraint.name == name);
    let tenant = subject.tenant.iter().filter_map(|at| subject.places.get(*at));
    let written: Vec<String> =
        tenant.map(|place| format!("{} WITH =", display_identifier(&place.name))).collect();
    exclusions.into_iter().any(|constraint| {
        !written.is_empty()
            && written.iter().all(|text| {
                constraint.definition.split(['(', ',', ')']).any(|element| element.trim() == text)
            })
    })
}
