//! `UPDATE` that makes rows of other tenants A's own: what a policy lets through whose USING is wider than its WITH CHECK.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::writing::{Deed, Subject, assignments, tied},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-take",
    family: Family::Write,
    title: "UPDATE that makes rows of other tenants A's",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match Subject::of(world, target).await? {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let (Some(other), Some(own)) = (subject.other(), subject.own.first()) else {
        return Ok(vec![Outcome::not_tried("A has no row in it")]);
    };
    if subject.is_root() || subject.tenant.is_empty() {
        return Ok(Vec::new());
    }
    let places = tied(&subject);
    let values = places.iter().filter_map(|at| {
        let name = subject.places.get(*at).map(|place| place.name.as_str())?;
        Some((name, subject.value(own, *at)))
    });
    let blind = format!("UPDATE {} SET {}", subject.name, assignments(values));
    let deed = Deed {
        narrow: format!("{blind} WHERE {}", other.found_by),
        control: (Who::A, format!("{blind} WHERE {}", own.found_by)),
        blind,
        done: "took over",
    };
    Ok(vec![subject.reach_others(&deed).await?])
}
