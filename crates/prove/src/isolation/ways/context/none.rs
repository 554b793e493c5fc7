//! No context at all, on a session that never had one: no row of a tenant may come back, whichever role asks.

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
    id: "context-none",
    family: Family::Context,
    title: "no context on a fresh session",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let session = Some(world.untouched().await?);
    let without = |who: Who, says: String| Context { who, statements: Vec::new(), says };
    let mut contexts = vec![without(Who::NOBODY, "no context".to_owned())];
    // A role that is taken on for one tenant is that tenant's context.
    if world.effective_role != world.role && !world.role_is_the_context().await? {
        let who = Who::NOBODY.as_role(&world.effective_role);
        contexts.push(without(who, format!("the role {} and no context", world.effective_role)));
    }
    let mut outcomes = reach(world, relation, &world.may(relation.oid), &contexts, session).await?;
    for role in world.tenancy.other_roles.iter().filter(|role| **role != world.effective_role) {
        let context = without(Who::NOBODY.as_role(role), format!("the role {role} and no context"));
        let found = reach(world, relation, &world.other_may(role, relation.oid), &[context], session).await?;
        outcomes.extend(found.into_iter().map(|outcome| outcome.by(role)));
    }
    Ok(outcomes)
}
