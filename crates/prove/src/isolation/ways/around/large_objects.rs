//! Large objects know an owner and no tenant: one that was written in B's context must not be read in A's.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::judge::of_refusal,
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-large-objects",
    family: Family::Around,
    title: "a large object of B's",
    run: |world, target| Box::pin(run(world, target)),
};

/// A number that no large object of a fresh database has.
const PLACE: u32 = 4_000_000_000;

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() {
        return Ok(Vec::new());
    }
    let keeps = world.tenancy.owned.keys().find_map(|oid| {
        let relation = world.catalog.relation_by_oid(*oid)?;
        let column =
            relation.columns.iter().find(|column| ["oid", "lo"].contains(&column.type_name.as_str()))?;
        Some(format!("{}.{}", relation.name, column.name))
    });
    let Some(keeps) = keeps else { return Ok(Vec::new()) };
    let seen = world
        .trial(Who::B)
        .run(format!("SELECT lo_from_bytea({PLACE}, 'of B')"))
        .run_all(world.assuming(0))
        .run(format!("SELECT convert_from(lo_get({PLACE}), 'UTF8')"))
        .go()
        .await?;
    if let Some(outcome) = of_refusal(&seen) {
        return Ok(vec![outcome]);
    }
    let told = seen.last().ok().and_then(|answer| answer.value()).unwrap_or_default().to_owned();
    let means = format!(
        "a large object that was written in B's context is read in A's: the application owns both, and {keeps} names such objects"
    );
    let advice = format!("Keep the content in a bytea column beside {keeps}, where policies bind it");
    Ok(vec![Outcome::leaked(seen.sql, vec![told], means, advice)])
}
