//! A condition of A's own on a view: the view's conditions must come first, or A's sees rows that the view hides.

use std::collections::BTreeSet;

use freehold_model::catalog::RelationKind;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::{
        around::views::{bases, select, shown},
        interference::difference,
        judge::{SHOWN, list},
        read::oracle::PEEK,
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-view-condition",
    family: Family::Around,
    title: "a function in a condition on a view",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(view) = shown(world, target).filter(|view| view.kind == RelationKind::View) else {
        return Ok(Vec::new());
    };
    let columns = world.may(view.oid).select;
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let peek =
        format!("SELECT 1 FROM {} WHERE pg_temp.freehold_peek(ROW({}))", view.name.quoted(), list(&columns));
    let off = |what: &str| format!("SET LOCAL {what} = off");
    let forms = [
        vec![select(world, view)],
        vec![
            off("enable_indexscan"),
            off("enable_bitmapscan"),
            off("enable_indexonlyscan"),
            PEEK.to_owned(),
            peek,
        ],
    ];
    let seen = world.batch(Who::A).attempts(&forms).go().await?;
    let alone = world.batch(Who::A).attempts(&forms).where_a_is_alone().go().await?;
    let plain = |attempts: &crate::isolation::batch::Attempts| {
        attempts.attempts.first().and_then(|attempt| attempt.last().ok().cloned())
    };
    // A view that shows too much, or nothing at all, is said by itself.
    let (Some(more), Some(less)) = (plain(&seen), plain(&alone)) else { return Ok(Vec::new()) };
    if !difference(&more, &less, &[]).is_none() {
        return Ok(Vec::new());
    }
    let Some(attempt) = seen.attempts.last() else { return Ok(Vec::new()) };
    let known: BTreeSet<&String> = alone.notices.iter().collect();
    let told: BTreeSet<&String> = seen.notices.iter().filter(|notice| !known.contains(notice)).collect();
    if !told.is_empty() {
        let means = format!(
            "A function of A's own in a condition on {} is given rows of other tenants before the view hides them",
            view.name
        );
        let advice = format!(
            "Make {} WITH (security_barrier = true), or WITH (security_invoker = true) over tables with policies",
            view.name
        );
        let lines = told.into_iter().take(SHOWN).cloned().collect();
        return Ok(vec![Outcome::leaked(&attempt.sql, lines, means, advice)]);
    }
    match attempt.last() {
        Ok(_)
            if bases(world, view.oid)
                .await?
                .iter()
                .all(|base| !world.tenancy.owned.contains_key(&base.oid)) =>
        {
            Ok(Vec::new())
        }
        Ok(_) => {
            let seen = format!("the function was given {} rows, none of another tenant", known.len());
            Ok(vec![Outcome::held(&attempt.sql, seen)])
        }
        Err(refused) if refused.is_by_privilege() => {
            Ok(vec![Outcome::held(&attempt.sql, format!("refused: {}", refused.words()))])
        }
        Err(refused) => Ok(vec![Outcome::not_tried(format!("the server refused it: {}", refused.words()))]),
    }
}
