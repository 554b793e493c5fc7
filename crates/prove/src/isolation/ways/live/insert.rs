//! `INSERT` of A's own rows must be let through where it is granted: a row of A's is taken away and put back by A.

use freehold_model::{
    catalog::{Identity, PolicyCommand, Relation},
    name::{quote_identifier, quote_literal},
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::live::denied::{judge, lacking, own_table, refusal},
    world::{Truth, TruthRow, World},
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "live-insert",
    family: Family::Live,
    title: "INSERT of own rows",
    run: |world, target| Box::pin(run(world, target)),
};

/// How many rows of A are tried: one may be such as no policy lets through.
const ROWS: usize = 3;

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = own_table(world, target) else { return Ok(lacking(world, target)) };
    let granted = world.may(relation.oid).insert;
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    if granted.is_empty() {
        return Ok(Vec::new());
    }
    let mut first = None;
    for row in truth.of(0).take(ROWS) {
        let seen = world
            .trial(Who::A)
            .prepare("SET LOCAL session_replication_role = replica")
            .prepare(format!("DELETE FROM {} WHERE {}", relation.name.quoted(), row.found_by))
            .run(insert(relation, truth, row, &granted))
            .go()
            .await?;
        if seen.stopped.is_some() || seen.refused().is_none() {
            return Ok(vec![judge(world, relation, PolicyCommand::Insert, &seen, |answer| {
                answer.affected as usize
            })]);
        }
        first.get_or_insert(seen);
    }
    let Some(seen) = first else { return Ok(Vec::new()) };
    let Some(refused) = seen.refused() else { return Ok(Vec::new()) };
    Ok(vec![refusal(world, relation, PolicyCommand::Insert, &seen.sql, refused)])
}

/// The row as A would write it: the columns that are granted and can be given.
fn insert(relation: &Relation, truth: &Truth, row: &TruthRow, granted: &[String]) -> String {
    let given: Vec<_> = relation
        .columns
        .iter()
        .filter(|column| column.generated.is_none() && granted.contains(&column.name))
        .collect();
    let always = given.iter().any(|column| column.identity == Some(Identity::Always));
    let columns: Vec<String> = given.iter().map(|column| quote_identifier(&column.name)).collect();
    let values: Vec<String> = given
        .iter()
        .map(|column| truth.value(row, &column.name).map_or_else(|| "NULL".to_owned(), quote_literal))
        .collect();
    format!(
        "INSERT INTO {} ({}){} VALUES ({})",
        relation.name.quoted(),
        columns.join(", "),
        if always { " OVERRIDING SYSTEM VALUE" } else { "" },
        values.join(", ")
    )
}
