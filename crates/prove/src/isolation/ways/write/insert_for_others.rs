//! `INSERT` of a row for another tenant in A's context: it must be refused, or become A's own.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::writing::{Addition, Subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-insert",
    family: Family::Write,
    title: "INSERT of a row for another tenant",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match Subject::of(world, target).await? {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let Some(other) = subject.other() else { return Ok(Vec::new()) };
    let statements = subject.disguised().iter().map(|values| subject.insert(other, values)).collect();
    let addition = Addition { statements, done: "inserted" };
    let outcome = subject.add_for_other(other, &addition).await?;
    Ok(vec![if subject.is_root() { as_signing_up(outcome) } else { outcome }])
}

/// A new tenant belongs to nobody else: to make one is what signing up is.
fn as_signing_up(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Leaked(leak) => Outcome::Held {
            sql: leak.sql,
            seen: "a new tenant could be made, which is no other's".to_owned(),
            note: Some("new tenants can be made in the context of any tenant".to_owned()),
        },
        other => other,
    }
}
