//! Where no role of the application is known, it may connect as the tables' owner: then only FORCE binds it.

use freehold_model::name::quote_identifier;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::judge::{SHOWN, foreign_rows, list, no_rows_of_others, of_refusal},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-forced",
    family: Family::Around,
    title: "the owner, who is bound by FORCE only",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world).filter(|relation| relation.row_security) else {
        return Ok(Vec::new());
    };
    // A role that is known and owns nothing is bound without FORCE.
    if world.tenancy.role.is_some() || !world.role_was_made {
        return Ok(Vec::new());
    }
    if let Some(outcomes) = no_rows_of_others(world, relation) {
        return Ok(outcomes);
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let name = format!("freehold_owner_{}", world.session.backend_pid());
    let owner = quote_identifier(&name);
    let columns: Vec<String> = relation.columns.iter().map(|column| column.name.clone()).collect();
    let table = relation.name.quoted();
    let seen = world
        .trial(Who::A.as_role(&name))
        .prepare(format!("CREATE ROLE {owner} NOLOGIN"))
        .prepare(format!("GRANT {} TO {owner}", quote_identifier(&world.role)))
        .prepare(format!("ALTER TABLE {table} OWNER TO {owner}"))
        .run(format!("SELECT {} FROM {table}", list(&columns)))
        .go()
        .await?;
    if let Some(outcome) = of_refusal(&seen) {
        return Ok(vec![outcome]);
    }
    let Ok(answer) = seen.last() else { return Ok(Vec::new()) };
    let crossed = foreign_rows(truth, &columns, answer);
    if crossed.rows.is_empty() {
        return Ok(vec![Outcome::held(seen.sql, "the owner sees A's rows only")]);
    }
    let means = format!(
        "who owns {} reads {} rows of others in A's context, and no role of the application is known that is not the owner",
        relation.name,
        crossed.rows.len()
    );
    let advice = format!(
        "ALTER TABLE {table} FORCE ROW LEVEL SECURITY, and let the application connect as a role that owns nothing; name it \
         with `[tenancy] role`"
    );
    Ok(vec![Outcome::leaked(seen.sql, crossed.lines(SHOWN), means, advice)])
}
