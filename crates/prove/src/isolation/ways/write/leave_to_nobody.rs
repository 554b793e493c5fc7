//! `UPDATE` and `INSERT` that leave a row without a tenant: where policies show such rows to all, it is written for all.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::{
        judge::SHOWN,
        writing::{Attempt, Came, Subject, assignments, by_privilege, stopped, worst},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-nobody",
    family: Family::Write,
    title: "UPDATE or INSERT that leaves a row without a tenant",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match Subject::of(world, target).await? {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let Some(own) = subject.own.first() else { return Ok(Vec::new()) };
    let empty = |at: &usize| subject.places.get(*at).filter(|place| !place.not_null && !place.generated);
    let columns: Vec<&str> =
        subject.tenant.iter().filter_map(empty).map(|place| place.name.as_str()).collect();
    if subject.is_root() || columns.len() < subject.tenant.len() || columns.is_empty() {
        return Ok(Vec::new());
    }
    let set = assignments(columns.iter().map(|name| (*name, None)));
    let nulls: Vec<(usize, Option<String>)> = subject.tenant.iter().map(|at| (*at, None)).collect();
    let update = Attempt { sql: format!("UPDATE {} SET {set}", subject.name), ..Attempt::default() };
    let insert = Attempt {
        prepare: own.remove.clone().into_iter().collect(),
        removed: own.removed.clone(),
        sql: subject.insert(own, &nulls),
    };
    let outcomes = vec![settle(&subject, &update).await?, settle(&subject, &insert).await?];
    Ok(worst(outcomes).into_iter().collect())
}

async fn settle(subject: &Subject<'_>, attempt: &Attempt) -> Result<Outcome, IsolationError> {
    let (sql, came) = subject.attempt(Who::A, attempt).await?;
    Ok(match came {
        Came::Through(_, changes) if !changes.nobodys.is_empty() => {
            let rows = changes.nobodys.iter().take(SHOWN).map(|line| format!("is now: {line}")).collect();
            let means = format!("A wrote a row of {} that belongs to no tenant", subject.relation.name);
            let mut outcome = subject.leak(&sql, rows, means);
            if let Outcome::Leaked(leak) = &mut outcome {
                leak.advice = format!("{}; or make its tenant column NOT NULL", leak.advice);
            }
            outcome
        }
        Came::Through(affected, changes) if !changes.reach_others() => {
            Outcome::held(sql, format!("{affected} rows written, each with a tenant"))
        }
        Came::Through(_, changes) => {
            let means = format!("A changed rows of other tenants in {}", subject.relation.name);
            subject.leak(&sql, changes.lines(SHOWN), means)
        }
        Came::Stopped(refused) => stopped(&refused),
        Came::Refused(refused) if refused.is_by_privilege() => by_privilege(&sql, &refused),
        // A row that may stand there with a tenant and is refused without one is what is wanted.
        Came::Refused(refused) => Outcome::held(sql, format!("refused: {}", refused.words())),
    })
}
