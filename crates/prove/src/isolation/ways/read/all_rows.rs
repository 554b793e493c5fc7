//! `SELECT` of all rows in A's context: none may be another tenant's.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::judge::{SHOWN, foreign_rows, list, of_refusal, policy_advice},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-all",
    family: Family::Read,
    title: "SELECT of all rows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let (None, Some(truth)) = (world.lacks_rows(relation), world.truth(relation.oid)) else {
        return Ok(vec![Outcome::not_tried(world.lacks_rows(relation).unwrap_or_default())]);
    };
    let may = world.may(relation.oid);
    let all: Vec<String> = relation.columns.iter().map(|column| column.name.clone()).collect();
    let columns = if may.select.is_empty() { &all } else { &may.select };
    let sql = format!("SELECT {} FROM {}", list(columns), relation.name.quoted());
    let seen = world.trial(Who::A).run(sql).go().await?;
    if let Some(outcome) = of_refusal(&seen) {
        return Ok(vec![outcome]);
    }
    let Ok(answer) = seen.last() else { return Ok(Vec::new()) };
    let foreign = foreign_rows(truth, columns, answer);
    if foreign.rows.is_empty() {
        return Ok(vec![Outcome::held(
            &seen.sql,
            format!("{} rows, none of another tenant", answer.rows.len()),
        )]);
    }
    let means = format!(
        "{} of {} rows that A sees in {} are other tenants'",
        foreign.rows.len(),
        answer.rows.len(),
        relation.name
    );
    Ok(vec![Outcome::leaked(&seen.sql, foreign.lines(SHOWN), means, policy_advice(relation))])
}
