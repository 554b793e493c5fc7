//! `DELETE` of rows of other tenants in A's context: none may go.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::writing::{Deed, Subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-delete",
    family: Family::Write,
    title: "DELETE of rows of other tenants",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match Subject::of(world, target).await? {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let Some(other) = subject.other() else { return Ok(Vec::new()) };
    let blind = format!("DELETE FROM {}", subject.name);
    let narrow = format!("{blind} WHERE {}", other.found_by);
    let deed = Deed {
        blind,
        control: (Who { tenant: Some(other.tenant), role: None }, narrow.clone()),
        narrow,
        done: "deleted",
    };
    Ok(vec![subject.reach_others(&deed).await?])
}
