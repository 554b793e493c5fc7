//! Grants to PUBLIC: a role that was given nothing must read and delete nothing, whatever context it takes on.

use freehold_model::{catalog::Relation, name::quote_identifier};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Seen, Trial, Who},
    way::{Family, Way},
    ways::judge::{SHOWN, list, no_rows_of_others, rows_not_of},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-public",
    family: Family::Around,
    title: "a role that was given nothing",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    if let Some(outcomes) = no_rows_of_others(world, relation) {
        return Ok(outcomes);
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let columns = columns(relation);
    let table = relation.name.quoted();
    let read = format!("SELECT {} FROM {table}", list(&columns));
    let begin = || anybody(world);
    let seen = Trial::all([
        begin().run(read.as_str()),
        begin().run_all(world.assuming(1)).run(read.as_str()),
        begin().run_all(world.assuming(1)).run(format!("DELETE FROM {table}")),
    ])
    .await?;
    for seen in seen.iter().take(2) {
        let Ok(answer) = seen.last() else { continue };
        let crossed = rows_not_of(truth, None, &columns, answer);
        if !crossed.rows.is_empty() {
            return Ok(vec![leak(relation, seen, crossed.lines(SHOWN), "reads rows of tenants from")]);
        }
    }
    if let Some(seen) = seen.last() {
        if let Some(refused) = seen.refused().filter(|refused| refused.is_by_constraint()) {
            return Ok(vec![leak(relation, seen, vec![refused.words()], "reaches rows of tenants in")]);
        }
        if let Ok(answer) = seen.last()
            && answer.affected > 0
        {
            let returned = vec![format!("DELETE {}", answer.affected)];
            return Ok(vec![leak(relation, seen, returned, "deletes rows of tenants from")]);
        }
    }
    if let Some(stopped) = seen.iter().find_map(|seen| seen.stopped.as_ref()) {
        return Ok(vec![Outcome::not_tried(format!("no such role could be made: {}", stopped.words()))]);
    }
    let refused = seen.first().and_then(Seen::refused);
    let said = refused.map_or_else(
        || "no row of a tenant came back".to_owned(),
        |refused| format!("refused: {}", refused.words()),
    );
    let sql: Vec<String> = seen.into_iter().map(|seen| seen.sql).collect();
    Ok(vec![Outcome::held(sql.join("\n"), said)])
}

/// Begins a trial as a role that was given nothing and dies with the transaction.
pub(super) fn anybody<'w>(world: &'w World<'w>) -> Trial<'w> {
    let name = format!("freehold_anybody_{}", world.session.backend_pid());
    world
        .trial(Who::NOBODY.as_role(&name))
        .prepare(format!("CREATE ROLE {} NOLOGIN", quote_identifier(&name)))
}

/// The columns that PUBLIC may read, or all of them.
fn columns(relation: &Relation) -> Vec<String> {
    let all = relation.columns.iter().map(|column| column.name.clone());
    let granted = relation.columns.iter().filter(|column| column.grants.has(None, "SELECT"));
    let granted: Vec<String> = granted.map(|column| column.name.clone()).collect();
    if granted.is_empty() || relation.grants.has(None, "SELECT") { all.collect() } else { granted }
}

fn leak(relation: &Relation, seen: &Seen, returned: Vec<String>, does: &str) -> Outcome {
    let means =
        format!("a role that was given nothing {does} {}: PUBLIC has privileges on it", relation.name);
    let advice = format!(
        "REVOKE ALL ON {} FROM PUBLIC, and grant to the application's role what it needs",
        relation.name
    );
    Outcome::leaked(&seen.sql, returned, means, advice)
}
