//! Triggers that send payloads with NOTIFY: named, for channels know no tenants and who listens is not in the schema.

use freehold_model::catalog::Relation;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-notify",
    family: Family::Around,
    title: "payloads sent with NOTIFY",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let outcomes = notifiers(world, relation).into_iter().map(|trigger| {
        Outcome::not_tried(format!(
            "the trigger {trigger} sends a payload with NOTIFY: every session of the database may listen to every channel, so \
             send nothing but a key and let the listener read the row"
        ))
    });
    Ok(outcomes.collect())
}

fn notifiers(world: &World<'_>, relation: &Relation) -> Vec<String> {
    let notifies = |oid: u32| {
        world.catalog.function_by_oid(oid).is_some_and(|function| {
            let body = function.body.to_ascii_lowercase();
            body.contains("pg_notify") || body.split(|c: char| !c.is_alphanumeric()).any(|w| w == "notify")
        })
    };
    let triggers = relation.triggers.iter().filter(|trigger| notifies(trigger.function_oid));
    triggers.map(|trigger| trigger.name.clone()).collect()
}
