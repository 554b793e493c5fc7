//! The privilege REFERENCES: a foreign key of A's own to a table tells which keys exist, for no policy binds its check.

use freehold_model::name::{QualifiedName, quote_identifier, quote_literal};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::judge::{no_rows_of_others, of_refusal},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-references",
    family: Family::Around,
    title: "a foreign key of A's own to B's rows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let Some(key) = relation.primary_key() else { return Ok(Vec::new()) };
    if let Some(outcomes) = no_rows_of_others(world, relation) {
        return Ok(outcomes);
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let Some(row) = truth.of(1).next() else { return Ok(Vec::new()) };
    let mut columns = Vec::new();
    let mut values = Vec::new();
    for name in &key.columns {
        let Some(column) = relation.columns.iter().find(|column| column.name == *name) else {
            return Ok(Vec::new());
        };
        columns.push(format!("{} {}", quote_identifier(name), column.type_name));
        values.push(truth.value(row, name).map_or_else(|| "NULL".to_owned(), quote_literal));
    }
    let names = key.columns.iter().map(|name| quote_identifier(name)).collect::<Vec<_>>().join(", ");
    let schema = world.schemas_to_create_in().await?.first().unwrap_or(&relation.name.schema);
    let oracle = QualifiedName::new(schema, "freehold_oracle").quoted();
    let seen = world
        .trial(Who::A)
        .run(format!(
            "CREATE TABLE {oracle} ({}, FOREIGN KEY ({names}) REFERENCES {} ({names}))",
            columns.join(", "),
            relation.name.quoted()
        ))
        .run(format!("INSERT INTO {oracle} VALUES ({})", values.join(", ")))
        .go()
        .await?;
    if let Some(outcome) = of_refusal(&seen) {
        return Ok(vec![outcome]);
    }
    let means = format!(
        "the application may refer to {} from tables of its own: a foreign key made in A's context told that B's key exists",
        relation.name
    );
    let advice = format!(
        "REVOKE REFERENCES ON {} FROM {}",
        relation.name.quoted(),
        quote_identifier(&world.effective_role)
    );
    Ok(vec![Outcome::leaked(seen.sql, vec![format!("INSERT 0 1: {} exists", row.found_by)], means, advice)])
}
