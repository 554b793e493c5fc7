//! Keys that are no tenant's: patterns, SQL, the beginning of another's key, another's key spelt otherwise.

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
    id: "context-malformed",
    family: Family::Context,
    title: "keys that are no tenant's",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let usual = world.assuming(0);
    let contexts = world.strange_keys().await?.iter().map(|strange| Context {
        who: Who::NOBODY,
        statements: world.assuming_as(&strange.key, &strange.user),
        says: strange.says.clone(),
    });
    let contexts: Vec<Context> = contexts.filter(|context| context.statements != usual).collect();
    if contexts.is_empty() {
        return Ok(Vec::new());
    }
    reach(world, relation, &world.may(relation.oid), &contexts, None).await
}
