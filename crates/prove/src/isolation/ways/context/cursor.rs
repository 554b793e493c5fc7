//! A cursor that was opened in B's context and is read in A's: what it holds does not change with the context.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::{
        context::nobody::columns,
        judge::{SHOWN, foreign_rows, list},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "context-cursor",
    family: Family::Context,
    title: "a cursor opened in B's context, read in A's",
    run: |world, target| Box::pin(run(world, target)),
};

/// Once for the database, on the first table that gives B its rows: it is so by the nature of cursors.
async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() {
        return Ok(Vec::new());
    }
    for oid in world.tenancy.owned.keys() {
        let Some((relation, truth)) = world.catalog.relation_by_oid(*oid).zip(world.truth(*oid)) else {
            continue;
        };
        if world.lacks_rows(relation).is_some() || world.may(*oid).select.is_empty() {
            continue;
        }
        let columns = columns(relation, &world.may(*oid));
        let select = format!("SELECT {} FROM {}", list(&columns), relation.name.quoted());
        let seen = world
            .trial(Who::B)
            .run(format!("DECLARE held CURSOR FOR {select}"))
            .run("FETCH FORWARD 1 FROM held")
            .run_all(world.assuming(0))
            .run("FETCH ALL FROM held")
            .go()
            .await?;
        let Ok(answer) = seen.last() else { continue };
        let crossed = foreign_rows(truth, &columns, answer);
        if crossed.rows.is_empty() {
            return Ok(vec![Outcome::held(seen.sql, "the cursor gives no row of B in A's context")]);
        }
        let means = format!(
            "a cursor on {} that was opened in B's context goes on giving B's rows in A's: a cursor keeps what it was opened \
             with",
            relation.name
        );
        let advice = "Close cursors before the context changes, and hold none beyond a transaction on a pooled connection";
        let leak = Outcome::leaked(seen.sql, crossed.lines(SHOWN), means, advice);
        return Ok(vec![leak.as_note()]);
    }
    Ok(Vec::new())
}
