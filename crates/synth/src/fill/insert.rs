//! The statement itself, and a sieve for what it could not get right at once.

use freehold_db::{DbError, Session};

use crate::{
    ask::{guarded, rows, run},
    error::SynthError,
    plan::Plan,
};

/// At most so many numbers are tried for each row that is wanted.
const TRIES: u64 = 40;

/// Puts the plan's rows in: all at once, or, where some are refused, through a sieve.
pub(super) async fn insert(session: &Session, plan: &Plan<'_>) -> Result<u64, SynthError> {
    let doing = format!("inserting {} rows into {}", plan.rows, plan.table.name);
    let (sql, bound) = plan.insert(plan.base, plan.rows);
    let refusal = match guarded(session, async {
        run(session, &doing, &sql, &bound).await.map_err(SynthError::server(&doing))
    })
    .await
    {
        Ok(made) => return Ok(made),
        Err(SynthError::Server { source, .. })
            if source.server().is_some() && !source.is_connection_lost() =>
        {
            source
        }
        Err(error) => return Err(error),
    };
    // Only what depends on a row's values can be sieved.
    let class = refusal.sqlstate().map(|state| state.class().to_owned()).unwrap_or_default();
    let made = if class == "23" { sieve(session, plan, &doing).await? } else { None };
    made.ok_or_else(|| refused(plan, &refusal))
}

/// Rows that meet the conditions and collide with nothing, from more and more numbers. None when there are not
/// enough of them.
async fn sieve(session: &Session, plan: &Plan<'_>, doing: &str) -> Result<Option<u64>, SynthError> {
    let work = async {
        let (mut first, mut made, mut tried) = (plan.base, 0, 0);
        let mut step = plan.rows.saturating_mul(2).max(64);
        while made < plan.rows && tried < plan.rows.saturating_mul(TRIES).max(4096) {
            let limit = plan.rows - made;
            let (sql, bound) = plan.sifted(first, step, limit);
            let answer = rows(session, doing, &sql, &bound).await.map_err(SynthError::server(doing))?;
            let number = |at: usize| -> u64 {
                let value: Option<i64> = answer.first().and_then(|row| row.try_get(at).ok().flatten());
                value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0)
            };
            made += number(0);
            // Where the limit was reached, the numbers behind the last row are still to be tried.
            let next = if number(1) >= limit { number(2) + 1 } else { first + step };
            tried += next.saturating_sub(first).max(1);
            first = next.max(first + 1);
            step = step.saturating_mul(2).min(200_000);
        }
        if made >= plan.rows { Ok(made) } else { Err(too_few(plan, made)) }
    };
    match guarded(session, work).await {
        Ok(made) => Ok(Some(made)),
        Err(error) if error.is_connection_lost() => Err(error),
        Err(_) => Ok(None),
    }
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
