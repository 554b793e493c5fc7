//! Unique constraints and indexes without the tenant: A writes another tenant's values, and the refusal tells that they are
//! there.

use super::oracle::{ask, keyed};
use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::writing::Subject,
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "reference-unique",
    family: Family::Reference,
    title: "unique constraints that tell of other tenants' values",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    // A partition's copy of an index is asked through the partitioned table.
    let indexes: Vec<_> =
        relation.indexes.iter().filter(|index| index.unique && index.valid && !index.attached).collect();
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
        if keyed(&subject, index).iter().any(|at| subject.tenant.contains(at)) {
            continue;
        }
        outcomes.extend(ask(&subject, index, "23505").await?);
    }
    Ok(outcomes)
}
