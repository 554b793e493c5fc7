//! Publications that carry tables of tenants: whoever subscribes gets every tenant's rows.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::send,
    way::{Family, Way},
    ways::judge::SHOWN,
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-publication",
    family: Family::Around,
    title: "tables of tenants in a publication",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() {
        return Ok(Vec::new());
    }
    let relations: Vec<String> = world.tenancy.owned.keys().map(u32::to_string).collect();
    let sql = format!(
        "SELECT p.pubname, p.schemaname, p.tablename FROM pg_catalog.pg_publication_tables p \
         JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname \
         JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename \
         WHERE c.oid IN ({}) ORDER BY 1, 2, 3",
        relations.join(", ")
    );
    if relations.is_empty() {
        return Ok(Vec::new());
    }
    let answer = match send(&world.session, std::slice::from_ref(&sql)).await?.pop() {
        Some(Ok(answer)) => answer,
        Some(Err(refused)) => return Ok(vec![Outcome::not_tried(refused.words())]),
        None => return Ok(Vec::new()),
    };
    if answer.rows.is_empty() {
        return Ok(vec![Outcome::held(sql, "no publication carries a table of tenants")]);
    }
    let means =
        format!("publications carry {} tables of tenants: no policy binds what they send", answer.rows.len());
    let advice =
        "Give REPLICATION to no role of the application, and let only what may see every tenant subscribe";
    Ok(vec![Outcome::leaked(sql, answer.lines(SHOWN), means, advice).as_note()])
}
