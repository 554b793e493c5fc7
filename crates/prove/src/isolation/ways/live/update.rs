//! `UPDATE` of A's own rows must do something where it is granted.

use freehold_model::{
    catalog::{PolicyCommand, Relation},
    name::{quote_identifier, quote_literal},
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::live::denied::{judge, lacking, own_table, unless_refused_to_all},
    world::{Privileges, Truth, World},
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "live-update",
    family: Family::Live,
    title: "UPDATE of own rows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = own_table(world, target) else { return Ok(lacking(world, target)) };
    let may = world.may(relation.oid);
    if may.update.is_empty() {
        return Ok(Vec::new());
    }
    let Some(assignment) = assignment(relation, &may, world.truth(relation.oid)) else {
        return Ok(vec![Outcome::not_tried("no column can be changed to what it is")]);
    };
    let sql = format!("UPDATE {} SET {assignment}", relation.name.quoted());
    let replica = "SET LOCAL session_replication_role = replica";
    let seen = world.trial(Who::A).prepare(replica).run(sql).go().await?;
    let outcome = judge(world, relation, PolicyCommand::Update, &seen, |answer| answer.affected as usize);
    let one = world.truth(relation.oid).and_then(|truth| truth.of(0).next());
    let one = one.map_or("false", |row| row.found_by.as_str());
    let sql = format!("UPDATE {} SET {assignment} WHERE {one}", relation.name.quoted());
    Ok(vec![unless_refused_to_all(world, outcome, sql).await?])
}

/// An assignment that changes nothing, or nothing that is unique: the column is read if that is granted.
fn assignment(relation: &Relation, may: &Privileges, truth: Option<&Truth>) -> Option<String> {
    let granted = relation.columns.iter().filter(|column| {
        column.generated.is_none() && column.identity.is_none() && may.update.contains(&column.name)
    });
    if let Some(column) = granted.clone().find(|column| may.select.contains(&column.name)) {
        let name = quote_identifier(&column.name);
        return Some(format!("{name} = {name}"));
    }
    let is_unique = |name: &str| {
        let unique = relation.indexes.iter().filter(|index| index.unique || index.exclusion);
        unique.into_iter().any(|index| index.columns.iter().any(|column| column.column() == Some(name)))
    };
    let column = granted.into_iter().find(|column| !is_unique(&column.name))?;
    let truth = truth?;
    let value = truth.of(0).next().and_then(|row| truth.value(row, &column.name));
    let value = value.map_or_else(|| "NULL".to_owned(), quote_literal);
    Some(format!("{} = {value}", quote_identifier(&column.name)))
}
