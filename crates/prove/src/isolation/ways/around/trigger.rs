//! The privilege TRIGGER: a trigger of A's sees the rows that others write.

use freehold_model::name::quote_identifier;

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
    id: "around-trigger",
    family: Family::Around,
    title: "a trigger of A's that sees what B writes",
    run: |world, target| Box::pin(run(world, target)),
};

const SPY: &str = "CREATE FUNCTION pg_temp.freehold_spy() RETURNS trigger LANGUAGE plpgsql AS \
                   $$ BEGIN PERFORM pg_catalog.set_config('freehold.spy', NEW::text, true); RETURN NEW; END $$";

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    if let Some(outcomes) = no_rows_of_others(world, relation) {
        return Ok(outcomes);
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let usual =
        relation.columns.iter().find(|column| column.generated.is_none() && column.identity.is_none());
    let (Some(column), Some(row)) = (usual, truth.of(1).next()) else { return Ok(Vec::new()) };
    let (table, column) = (relation.name.quoted(), quote_identifier(&column.name));
    let seen = world
        .trial(Who::A)
        .run(SPY)
        .run(format!(
            "CREATE TRIGGER freehold_spy BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION pg_temp.freehold_spy()"
        ))
        // Whoever writes; here the one who may.
        .run("SET LOCAL SESSION AUTHORIZATION DEFAULT")
        .run(format!("UPDATE {table} SET {column} = {column} WHERE {}", row.found_by))
        .run(format!("SET LOCAL SESSION AUTHORIZATION {}", quote_identifier(&world.effective_role)))
        .run("SELECT current_setting('freehold.spy', true)")
        .go()
        .await?;
    if let Some(outcome) = of_refusal(&seen) {
        return Ok(vec![outcome]);
    }
    let told = seen.last().ok().and_then(|answer| answer.value()).unwrap_or_default();
    if told.is_empty() {
        return Ok(vec![Outcome::held(seen.sql, "the trigger saw nothing")]);
    }
    let means = format!(
        "the application may make triggers on {}: one made in A's context was shown a row that B wrote",
        relation.name
    );
    let advice = format!("REVOKE TRIGGER ON {table} FROM {}", quote_identifier(&world.effective_role));
    Ok(vec![Outcome::leaked(&seen.sql, vec![told.to_owned()], means, advice)])
}
