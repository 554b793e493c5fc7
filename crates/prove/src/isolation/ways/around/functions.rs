//! Functions and procedures, called as A with keys of A, of B, with NULLs and plausible values: what they answer and change
//! must be the same as where A is alone.

pub(super) mod arguments;
mod changes;
pub(super) mod outside;

use std::collections::BTreeSet;

use freehold_model::catalog::{Function, FunctionKind, Volatility};

use crate::isolation::{
    batch::{Attempt, Attempts},
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Refused, Seen, Who},
    way::{Family, Way},
    ways::{
        interference::{difference, lines, unstable},
        judge::SHOWN,
    },
    world::World,
};
use arguments::Signature;

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-function",
    family: Family::Around,
    title: "calling a function with keys of other tenants",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(function) = target.function(world).filter(|function| can_be_called(function)) else {
        return Ok(Vec::new());
    };
    if let Some(what) = outside::acts_outside(&world.catalog, function) {
        return Ok(vec![Outcome::not_tried(format!(
            "it is not called, for it would act outside of the database: {what}"
        ))]);
    }
    let Some(signature) = arguments::signature(world, function).await? else { return Ok(Vec::new()) };
    let calls: Vec<Vec<String>> =
        signature.calls(world, function).into_iter().map(|call| vec![call]).collect();
    let mut batch = world.batch(Who::A).attempts(&calls);
    if function.volatility == Volatility::Volatile {
        batch = batch.look(changes::LOOK);
    }
    let seen = batch.go().await?;
    let alone = world.batch(Who::A).attempts(&calls).where_a_is_alone().go().await?;
    if let Some(stopped) = seen.stopped.as_ref().or(alone.stopped.as_ref()) {
        return Ok(vec![Outcome::not_tried(format!(
            "the context could not be taken on: {}",
            stopped.words()
        ))]);
    }
    for ((call, attempt), before) in calls.iter().flatten().zip(&seen.attempts).zip(&alone.attempts) {
        if let Some(outcome) = differs(world, function, call, attempt, before).await? {
            return Ok(vec![outcome]);
        }
    }
    if let Some(outcome) = changes::of_others(world, function, &calls, &seen).await? {
        return Ok(vec![outcome]);
    }
    if let Some(told) = told(function, &seen, &alone) {
        return Ok(vec![told]);
    }
    Ok(vec![nothing_crossed(world, function, &signature, &seen).await?])
}

/// Trigger functions are not called by anybody, aggregates and window functions only look at rows that a query gives them.
fn can_be_called(function: &Function) -> bool {
    let handler = ["trigger", "event_trigger", "internal", "language_handler", "fdw_handler"];
    let handler = handler.contains(&function.result.as_deref().unwrap_or_default());
    matches!(function.kind, FunctionKind::Function | FunctionKind::Procedure) && !handler
}

/// A leak when one call is answered otherwise than where A is alone, and again so when it is made once more.
async fn differs(
    world: &World<'_>,
    function: &Function,
    call: &str,
    attempt: &Attempt,
    before: &Attempt,
) -> Result<Option<Outcome>, IsolationError> {
    if same(attempt.last(), before.last(), &[]) {
        return Ok(None);
    }
    let again = world.trial(Who::A).run(call).go().await?;
    let without = match (attempt.last(), again.last()) {
        (Ok(first), Ok(again)) => unstable(first, again),
        (Err(first), Err(again)) if first == again => Vec::new(),
        _ => return Ok(None),
    };
    if same(again.last(), before.last(), &without) {
        return Ok(None);
    }
    // What one call changes can be gone with it: it is asked in a transaction of its own in both places.
    let alone = world.trial(Who::A).run(call).where_a_is_alone().go().await?;
    if same(again.last(), alone.last(), &without) {
        return Ok(None);
    }
    Ok(Some(leaked(function, &again, &alone, &without)))
}

fn same(seen: Result<&Answer, &Refused>, alone: Result<&Answer, &Refused>, without: &[bool]) -> bool {
    match (seen, alone) {
        (Ok(seen), Ok(alone)) => difference(seen, alone, without).is_none(),
        (Err(seen), Err(alone)) => seen == alone,
        _ => false,
    }
}

fn leaked(function: &Function, seen: &Seen, alone: &Seen, without: &[bool]) -> Outcome {
    let returned = match (seen.last(), alone.last()) {
        (Ok(more), Ok(less)) => lines(&more.columns, &difference(more, less, without), SHOWN),
        (seen, alone) => {
            let words = |came: Result<&Answer, &Refused>| match came {
                Ok(answer) => answer.lines(1).pop().unwrap_or_else(|| "no rows".to_owned()),
                Err(refused) => refused.words(),
            };
            vec![words(seen), format!("where A is alone: {}", words(alone))]
        }
    };
    let means = format!("{} tells A of rows of other tenants", function.name);
    Outcome::leaked(&seen.sql, returned, means, advice(function))
}

/// What to do about a function.
pub(super) fn advice(function: &Function) -> String {
    if function.security_definer {
        format!(
            "Let {} compare every row that it touches with the session's tenant, make it SECURITY INVOKER, or revoke EXECUTE \
             from the application",
            function.name
        )
    } else {
        format!(
            "{} runs with the application's rights: tighten the policies of what it reads and writes",
            function.name
        )
    }
}

/// Messages that come only with other tenants in place.
fn told(function: &Function, seen: &Attempts, alone: &Attempts) -> Option<Outcome> {
    let known: BTreeSet<&String> = alone.notices.iter().collect();
    let told: Vec<String> =
        seen.notices.iter().filter(|notice| !known.contains(notice)).take(SHOWN).cloned().collect();
    // A message that changes by itself, with a time or a number of its own, tells nothing of others.
    if told.is_empty() || seen.notices.len() <= alone.notices.len() {
        return None;
    }
    let means = format!("Messages of {} tell A of rows of other tenants", function.name);
    Some(Outcome::leaked(&seen.sql, told, means, advice(function)))
}

/// Held, when some call got through and would have shown a difference; not tried otherwise.
async fn nothing_crossed(
    world: &World<'_>,
    function: &Function,
    signature: &Signature,
    seen: &Attempts,
) -> Result<Outcome, IsolationError> {
    let through = seen.attempts.iter().filter(|attempt| attempt.last().is_ok()).count();
    let refused = seen.attempts.iter().filter_map(|attempt| attempt.last().err());
    let denied = refused.clone().find(|refused| refused.is_by_privilege());
    match (through, denied, refused.clone().next()) {
        (0, Some(denied), _) => {
            return Ok(Outcome::held(&seen.sql, format!("refused: {}", denied.words())));
        }
        (0, None, Some(refused)) => {
            return Ok(Outcome::not_tried(format!("no call got through: {}", refused.words())));
        }
        _ => {}
    }
    if looks_at_tenants(world, function) && !reacts(world, function, signature).await? {
        return Ok(Outcome::not_tried(
            "no arguments were found with which it shows or changes anything of a tenant's, not even for that tenant",
        ));
    }
    let calls = seen.attempts.len();
    Ok(Outcome::held(
        &seen.sql,
        format!("{calls} calls, {through} answered, all the same as where A is alone"),
    ))
}

/// True when the body names a table with rows of tenants, or a function that does.
fn looks_at_tenants(world: &World<'_>, function: &Function) -> bool {
    let bodies = outside::bodies(&world.catalog, function);
    let mut owned = world.tenancy.owned.keys().filter_map(|oid| world.catalog.relation_by_oid(*oid));
    owned.any(|relation| bodies.iter().any(|body| outside::mentions(body, &relation.name.name)))
}

/// True when B, calling with its own keys, gets or changes something that is not there where A is alone.
async fn reacts(
    world: &World<'_>,
    function: &Function,
    signature: &Signature,
) -> Result<bool, IsolationError> {
    let calls: Vec<Vec<String>> =
        signature.calls(world, function).into_iter().map(|call| vec![call]).collect();
    let seen = world.batch(Who::B).attempts(&calls).look(changes::LOOK).go().await?;
    if function.volatility == Volatility::Volatile && !changes::changed(world, function, &seen).is_empty() {
        return Ok(true);
    }
    let alone = world.batch(Who::B).attempts(&calls).where_a_is_alone().go().await?;
    Ok(seen.attempts.iter().zip(&alone.attempts).any(|(seen, alone)| !same(seen.last(), alone.last(), &[])))
}
