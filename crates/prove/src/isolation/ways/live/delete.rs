//! `DELETE` of A's own rows must do something where it is granted.

use freehold_model::catalog::PolicyCommand;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::live::denied::{judge, lacking, own_table, unless_refused_to_all},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "live-delete",
    family: Family::Live,
    title: "DELETE of own rows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = own_table(world, target) else { return Ok(lacking(world, target)) };
    let may = world.may(relation.oid);
    if !may.delete {
        return Ok(Vec::new());
    }
    // Rows that are referred to could not be deleted otherwise; policies hold all the same.
    let replica = "SET LOCAL session_replication_role = replica";
    let sql = format!("DELETE FROM {}", relation.name.quoted());
    let seen = world.trial(Who::A).prepare(replica).run(sql).go().await?;
    let outcome = judge(world, relation, PolicyCommand::Delete, &seen, |answer| answer.affected as usize);
    let one = world.truth(relation.oid).and_then(|truth| truth.of(0).next());
    let one = one.map_or("false", |row| row.found_by.as_str());
    let sql = format!("DELETE FROM {} WHERE {one}", relation.name.quoted());
    Ok(vec![unless_refused_to_all(world, outcome, sql).await?])
}
