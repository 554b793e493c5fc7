//! `UPDATE` that makes a row of A's another tenant's: it must be refused.
//!
//! There is no WHERE at first: with one, policies for reading are asked about the new row too, and shield what the policy
//! for writing lets through.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Refused, Who},
    way::{Family, Way},
    ways::{
        judge::SHOWN,
        writing::{Attempt, Came, Line, Subject, assignments, by_privilege, stopped, tied},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-move",
    family: Family::Write,
    title: "UPDATE that makes a row of A's another tenant's",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match Subject::of(world, target).await? {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let (Some(other), Some(own)) = (subject.other(), subject.own.first()) else {
        return Ok(vec![Outcome::not_tried("A has no row in it")]);
    };
    if subject.is_root() || subject.tenant.is_empty() {
        return Ok(Vec::new());
    }
    let mut first = None;
    for own in subject.dressed(own) {
        let outcome = moved(&subject, &own, other).await?;
        if outcome.is_leak() {
            return Ok(vec![outcome]);
        }
        first.get_or_insert(outcome);
    }
    Ok(first.into_iter().collect())
}

async fn moved(subject: &Subject<'_>, own: &Line, other: &Line) -> Result<Outcome, IsolationError> {
    // First only what makes the row the other's; then, with nothing else in the way, all of the other's row.
    let plain = Attempt {
        prepare: own.stage.clone().into_iter().collect(),
        sql: set(subject, &tied(subject), other),
        ..Attempt::default()
    };
    let refused = match settle(subject, &plain).await? {
        Ok(outcome) => return Ok(outcome),
        Err(refused) => refused,
    };
    let kept: Vec<usize> = if own.stage.is_some() { subject.spoken_of() } else { Vec::new() };
    let all: Vec<usize> = (0..subject.places.len())
        .filter(|at| !kept.contains(at))
        .filter(|at| {
            subject.places.get(*at).is_some_and(|place| place.update && !place.generated && !place.always)
        })
        .collect();
    let whole = alone(subject, own, set(subject, if all.is_empty() { &subject.tenant } else { &all }, other));
    let (sql, refused) = match settle(subject, &whole).await? {
        Ok(outcome) => return Ok(outcome),
        Err((sql, second)) => (sql, if second.message.is_empty() { refused.1 } else { second }),
    };
    // Refused even where the row stays A's, it was not for the other tenant's sake.
    let control = alone(subject, own, set(subject, &tied(subject), own));
    Ok(match subject.attempt(Who::A, &control).await?.1 {
        Came::Through(affected, _) if affected > 0 => {
            Outcome::held(sql, format!("refused, and not for a row that stays A's: {}", refused.words()))
        }
        _ => Outcome::not_tried(format!("the server refused the statement: {}", refused.words())),
    })
}

/// An outcome, or the refusal that says nothing of the tenant line.
async fn settle(
    subject: &Subject<'_>,
    attempt: &Attempt,
) -> Result<Result<Outcome, (String, Refused)>, IsolationError> {
    let (sql, came) = subject.attempt(Who::A, attempt).await?;
    Ok(match came {
        Came::Through(_, changes) if !changes.made.is_empty() => {
            let means = format!("A made a row of its own in {} another tenant's", subject.relation.name);
            Ok(subject.leak(&sql, changes.lines(SHOWN), means))
        }
        Came::Through(affected, changes) if changes.gone.is_empty() => {
            Ok(Outcome::held(sql, format!("{affected} rows changed, none became another tenant's")))
        }
        Came::Through(_, changes) => {
            let means = format!("A changed rows of other tenants in {}", subject.relation.name);
            Ok(subject.leak(&sql, changes.lines(SHOWN), means))
        }
        Came::Stopped(refused) => Ok(stopped(&refused)),
        Came::Refused(refused) if refused.is_by_privilege() => Ok(by_privilege(&sql, &refused)),
        Came::Refused(refused) => Err((sql, refused)),
    })
}

fn set(subject: &Subject<'_>, places: &[usize], line: &Line) -> String {
    let values = places.iter().filter_map(|at| {
        let name = subject.places.get(*at).map(|place| place.name.as_str())?;
        Some((name, subject.value(line, *at)))
    });
    format!("UPDATE {} SET {}", subject.name, assignments(values))
}

/// An attempt with one row of A's as the only one, and nothing that refers to it.
fn alone(subject: &Subject<'_>, own: &Line, sql: String) -> Attempt {
    let mut attempt = Attempt { prepare: own.stage.clone().into_iter().collect(), sql, ..Attempt::default() };
    for line in subject.own.iter().chain(&subject.others).filter(|line| line.found_by != own.found_by) {
        attempt.prepare.extend(line.remove.clone());
        attempt.removed.extend(&line.removed);
    }
    for other in subject.world.tenancy.owned.keys().filter(|oid| **oid != subject.relation.oid) {
        let Some(relation) = subject.world.catalog.relation_by_oid(*other) else { continue };
        if relation.foreign_keys().any(|key| key.referenced_oid == Some(subject.relation.oid)) {
            attempt.prepare.push(Subject::removal(&relation.name.quoted(), "true"));
            let rows = subject.world.truth(*other).map_or(0, |truth| truth.rows.len());
            attempt.removed.extend((0..rows).map(|at| (*other, at)));
        }
    }
    attempt
}
