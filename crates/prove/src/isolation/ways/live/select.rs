//! `SELECT` of A's own rows must do something where it is granted.

use freehold_model::catalog::PolicyCommand;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::{
        judge::list,
        live::denied::{judge, lacking, own_table},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "live-select",
    family: Family::Live,
    title: "SELECT of own rows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = own_table(world, target) else { return Ok(lacking(world, target)) };
    let may = world.may(relation.oid);
    if may.select.is_empty() {
        return Ok(Vec::new());
    }

    let sql = format!("SELECT {} FROM {}", list(&may.select), relation.name.quoted());
    let seen = world.trial(Who::A).run(sql).go().await?;
    Ok(vec![judge(world, relation, PolicyCommand::Select, &seen, |answer| answer.affected as usize)])
}
