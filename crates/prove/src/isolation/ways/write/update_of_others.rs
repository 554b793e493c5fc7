//! `UPDATE` of rows of other tenants in A's context: none may be changed.

use freehold_model::name::quote_identifier;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::judge::{of_refusal, policy_advice},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-update",
    family: Family::Write,
    title: "UPDATE of rows of other tenants",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let (None, Some(truth)) = (world.lacks_rows(relation), world.truth(relation.oid)) else {
        return Ok(vec![Outcome::not_tried(world.lacks_rows(relation).unwrap_or_default())]);
    };
    let may = world.may(relation.oid);
    let changeable =
        relation.columns.iter().filter(|column| column.generated.is_none() && column.identity.is_none());
    let column = changeable
        .clone()
        .find(|column| may.update.contains(&column.name))
        .or_else(|| changeable.clone().next());
    let Some(column) = column else {
        return Ok(vec![Outcome::not_tried("it has no column that could be changed")]);
    };
    // Without a WHERE no privilege to read is needed; a value of its own type that stands there already breaks no constraint.
    let name = quote_identifier(&column.name);
    let table = relation.name.quoted();
    let own = truth.of(0).count();
    let seen =
        world.trial(Who::A).run(format!("UPDATE {table} SET {name} = DEFAULT WHERE false")).go().await?;
    if let Some(outcome) = of_refusal(&seen) {
        return Ok(vec![outcome]);
    }
    let seen = world.trial(Who::A).run(format!("UPDATE {table} SET {name} = {name}")).go().await?;
    if let Some(outcome) = of_refusal(&seen) {
        return Ok(vec![outcome]);
    }
    let Ok(answer) = seen.last() else { return Ok(Vec::new()) };
    if answer.affected as usize <= own {
        return Ok(vec![Outcome::held(
            &seen.sql,
            format!("{} rows changed, none of another tenant", answer.affected),
        )]);
    }
    let means = format!("{} rows of {} were changed where A has {own}", answer.affected, relation.name);
    let returned = vec![format!("UPDATE {}", answer.affected)];
    Ok(vec![Outcome::leaked(&seen.sql, returned, means, policy_advice(relation))])
}
