//! Whether the application can make objects where others look names up: it could put its own in the place of theirs.

use freehold_model::name::{QualifiedName, quote_identifier};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Trial, Who},
    way::{Family, Way},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-create",
    family: Family::Around,
    title: "objects made by the application",
    run: |world, target| Box::pin(run(world, target)),
};

/// A note: what can be done with it is tried where a function or a policy would fall for it.
async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() {
        return Ok(Vec::new());
    }
    let schemas: Vec<&String> = world.catalog.schemas.iter().map(|schema| &schema.name).collect();
    let mut trials: Vec<Trial<'_>> = schemas
        .iter()
        .map(|schema| {
            let table = QualifiedName::new(schema.as_str(), "freehold_made").quoted();
            world.trial(Who::A).run(format!("CREATE TABLE {table} (n int)"))
        })
        .collect();
    trials.push(world.trial(Who::A).run("CREATE SCHEMA freehold_made"));
    let seen = Trial::all(trials).await?;
    let places = schemas.iter().map(|schema| format!("the schema {schema}"));
    let places = places.chain(std::iter::once("the database".to_owned()));
    let mut notes = Vec::new();
    let mut held = Vec::new();
    for (place, seen) in places.zip(seen) {
        if let Some(stopped) = &seen.stopped {
            let why = format!("the context could not be taken on: {}", stopped.words());
            return Ok(vec![Outcome::not_tried(why)]);
        }
        if seen.last().is_err() {
            held.push(seen.sql);
            continue;
        }
        let means = format!(
            "the application can make objects in {place}: names that others write without a schema may find them"
        );
        let advice = format!(
            "REVOKE CREATE ON {} FROM PUBLIC, {}",
            place.trim_start_matches("the "),
            quote_identifier(&world.effective_role)
        );
        let leak = Outcome::leaked(seen.sql, vec!["it was made".to_owned()], means, advice);
        notes.push(leak.by(place).as_note());
    }
    if notes.is_empty() {
        notes.push(Outcome::held(held.join("\n"), "refused everywhere"));
    }
    Ok(notes)
}
