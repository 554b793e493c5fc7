//! The statement itself, and a sieve for what it could not get right at once.

use std::collections::BTreeMap;

use freehold_db::{DbError, Session};

use crate::{
    ask::{guarded, rows, run},
    error::SynthError,
    plan::{Page, Plan, Span},
};

/// At most so many numbers are tried for each row that is wanted.
const TRIES: u64 = 40;

/// After so many statements without a row, numbers are passed over.
const FRUITLESS: u32 = 16;

/// After so many colours without a row no more are tried.
const HOPELESS: usize = 3;

/// Puts the plan's rows in: all at once, or, where some are refused, through a sieve.
pub(super) async fn insert(session: &Session, plan: &Plan<'_>) -> Result<u64, SynthError> {
    let doing = format!("inserting {} rows into {}", plan.rows, plan.table.name);
    let (sql, bound) = plan.insert();
    let attempt = guarded(session, async {
        run(session, &doing, &sql, &bound).await.map_err(SynthError::server(&doing))
    });
    let refusal = match refused_rows(attempt.await)? {
        Ok(made) => return Ok(made),
        Err(refusal) => refusal,
    };
    let Some(&span) = plan.spans.first().filter(|_| depends_on_values(&refusal)) else {
        return Err(refused(plan, &refusal));
    };
    let mut next = span.first;
    let sieved = guarded(session, async {
        let made = sieve(session, plan, span, &mut next, &[], &doing).await?;
        if made >= span.count { Ok(made) } else { Err(too_few(plan, made)) }
    });
    match sieved.await {
        Ok(made) => Ok(made),
        Err(error) if error.is_connection_lost() => Err(error),
        Err(_) => Err(refused(plan, &refusal)),
    }
}

/// What became of each colour.
#[derive(Debug, Default)]
pub(crate) struct ByColour {
    pub(crate) made: BTreeMap<u32, u64>,
    /// What the server said where it took fewer rows than were offered.
    pub(crate) refusal: Option<SynthError>,
}

/// Puts the plan's rows in and writes their keys down; colour by colour where that is needed. Fewer rows than were
/// asked for, or none, are no error here. `as_made`: what is stored is what was made.
pub(super) async fn insert_by_colour(
    session: &Session,
    plan: &Plan<'_>,
    pages: &[Page],
    as_made: bool,
) -> Result<ByColour, SynthError> {
    let doing = format!("inserting {} rows into {}", plan.rows, plan.table.name);
    let mut outcome = ByColour::default();
    if as_made {
        let attempt = guarded(session, async {
            if pages.is_empty() {
                let (sql, bound) = plan.insert();
                run(session, &doing, &sql, &bound).await.map_err(SynthError::server(&doing))
            } else {
                let (sql, bound) = plan.insert_noted(pages);
                let answer = rows(session, &doing, &sql, &bound).await.map_err(SynthError::server(&doing))?;
                Ok(number(&answer, 0))
            }
        });
        match refused_rows(attempt.await)? {
            Ok(_) => {
                outcome.made = plan.spans.iter().map(|span| (span.colour, span.count)).collect();
                return Ok(outcome);
            }
            Err(refusal) => {
                let sievable = depends_on_values(&refusal);
                outcome.refusal = Some(refused(plan, &refusal));
                if !sievable {
                    return Ok(outcome);
                }
            }
        }
    }
    let mut next = plan.base + plan.rows;
    let mut hopeless = 0;
    for &span in &plan.spans {
        let made = one_colour(session, plan, span, &mut next, pages, &mut outcome.refusal).await?;
        hopeless = if made == 0 { hopeless + 1 } else { 0 };
        *outcome.made.entry(span.colour).or_default() += made;
        if hopeless >= HOPELESS {
            break;
        }
    }
    Ok(outcome)
}

/// The rows of one span: as they are, or through the sieve.
async fn one_colour(
    session: &Session,
    plan: &Plan<'_>,
    span: Span,
    next: &mut u64,
    pages: &[Page],
    refused_with: &mut Option<SynthError>,
) -> Result<u64, SynthError> {
    let doing = format!("inserting {} rows into {}", span.count, plan.table.name);
    let attempt = guarded(session, async {
        let (sql, bound) = plan.insert_returned(span, pages);
        let answer = rows(session, &doing, &sql, &bound).await.map_err(SynthError::server(&doing))?;
        Ok(number(&answer, 0))
    });
    let refusal = match refused_rows(attempt.await)? {
        Ok(made) => return Ok(made),
        Err(refusal) => refusal,
    };
    refused_with.get_or_insert_with(|| refused(plan, &refusal));
    if !depends_on_values(&refusal) {
        return Ok(0);
    }
    match guarded(session, sieve(session, plan, span, next, pages, &doing)).await {
        Ok(made) => Ok(made),
        Err(error) if error.is_connection_lost() => Err(error),
        Err(_) => Ok(0),
    }
}

/// Sorts a refusal by the server from a failure of the session.
fn refused_rows<T>(attempt: Result<T, SynthError>) -> Result<Result<T, DbError>, SynthError> {
    match attempt {
        Ok(made) => Ok(Ok(made)),
        Err(SynthError::Server { source, .. })
            if source.server().is_some() && !source.is_connection_lost() =>
        {
            Ok(Err(source))
        }
        Err(error) => Err(error),
    }
}

/// Only what depends on a row's values can be sieved.
fn depends_on_values(refusal: &DbError) -> bool {
    refusal.sqlstate().is_some_and(|state| state.class() == "23")
}

/// Rows that meet the conditions and collide with nothing, from more and more numbers, which begin at `next`.
async fn sieve(
    session: &Session,
    plan: &Plan<'_>,
    span: Span,
    next: &mut u64,
    pages: &[Page],
    doing: &str,
) -> Result<u64, SynthError> {
    let (mut made, mut tried, mut fruitless) = (0, 0, 0);
    let mut step = span.count.saturating_mul(2).max(64);
    while made < span.count && tried < span.count.saturating_mul(TRIES).max(4096) {
        let limit = span.count - made;
        let part = Span { first: *next, place: span.place + tried, count: step, ..span };
        let (sql, bound) = plan.sifted(part, limit, pages);
        let answer = rows(session, doing, &sql, &bound).await.map_err(SynthError::server(doing))?;
        let stored = number(&answer, 0);
        made += stored;
        fruitless = if stored == 0 { fruitless + 1 } else { 0 };
        // Where the limit was reached, the numbers behind the last row are still to be tried; not for ever, for all that
        // is left may collide.
        let reached = number(&answer, 1) >= limit && fruitless < FRUITLESS;
        let following = if reached { number(&answer, 2) + 1 } else { *next + step };
        tried += following.saturating_sub(*next).max(1);
        *next = following.max(*next + 1);
        step = step.saturating_mul(2).min(200_000);
    }
    Ok(made)
}

fn number(answer: &[tokio_postgres::Row], at: usize) -> u64 {
    let value: Option<i64> = answer.first().and_then(|row| row.try_get(at).ok().flatten());
    value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0)
}

fn too_few(plan: &Plan<'_>, made: u64) -> SynthError {
    SynthError::Unsatisfied {
        relation: plan.table.name.to_string(),
        column: None,
        constraint: None,
        why: format!("only {made} of {} rows were found", plan.rows),
    }
}

fn refused(plan: &Plan<'_>, refusal: &DbError) -> SynthError {
    let Some(server) = refusal.server() else { return too_few(plan, 0) };
    SynthError::Unsatisfied {
        relation: plan.table.name.to_string(),
        column: server.column.clone(),
        constraint: server.constraint.clone(),
        why: format!("the server refused rows: {server}"),
    }
}
