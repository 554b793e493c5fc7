//! An empty text in the place of the tenant's key: no row of a tenant may come back.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::context::nobody::{Context, reach},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "context-empty",
    family: Family::Context,
    title: "an empty text as the tenant's key",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let statements = world.assuming_as("", "");
    if statements == world.assuming(0) {
        return Ok(Vec::new());
    }
    let says = "an empty text as the tenant's key".to_owned();
    let context = Context { who: Who::NOBODY, statements, says };
    reach(world, relation, &world.may(relation.oid), &[context], None).await
}
