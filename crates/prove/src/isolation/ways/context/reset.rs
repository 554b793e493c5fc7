//! A context that was taken on and reset: no row of a tenant may come back.

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
    id: "context-reset",
    family: Family::Context,
    title: "a context that was reset",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let all = "RESET ALL".to_owned();
    // A role of one tenant's own is the context: RESET ALL leaves roles as they are.
    let takes_a_role = world.effective_role != world.role;
    let mut contexts = Vec::new();
    if takes_a_role {
        contexts.push(Context {
            who: Who::A,
            statements: vec!["RESET ROLE".to_owned(), all.clone()],
            says: "A's context reset, its role too".to_owned(),
        });
    }
    if !world.role_is_the_context().await? {
        let says = "A's context reset".to_owned();
        contexts.push(Context { who: Who::A, statements: vec![all], says });
    }
    reach(world, relation, &world.may(relation.oid), &contexts, None).await
}
