//! Sequences: reading them tells little, but who can set one can make the inserts of every tenant fail.

use freehold_model::{catalog::RelationKind, name::quote_literal};

use crate::isolation::{
    error::IsolationError,
    outcome::{Leak, Outcome},
    target::Target,
    trial::Who,
    way::{Family, Way},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-sequence",
    family: Family::Around,
    title: "setting a sequence that all tenants draw from",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(sequence) = target.relation(world).filter(|relation| relation.kind == RelationKind::Sequence)
    else {
        return Ok(Vec::new());
    };
    let name = sequence.name.quoted();
    // A sequence does not go back when a transaction does: it is set to where it stands.
    let rows = world
        .session
        .query(&format!("SELECT last_value, is_called FROM {name}"), &[])
        .await
        .map_err(IsolationError::own(format!("reading the sequence {}", sequence.name)))?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    let (value, is_called): (i64, bool) = (row.get(0), row.get(1));
    let attempts = [
        vec![format!("SELECT pg_catalog.setval({}, {value}, {is_called})", quote_literal(&name))],
        vec![format!("ALTER SEQUENCE {name} RESTART")],
    ];
    let seen = world.batch(Who::A).attempts(&attempts).go().await?;
    if let Some(stopped) = &seen.stopped {
        return Ok(vec![Outcome::not_tried(format!(
            "the context could not be taken on: {}",
            stopped.words()
        ))]);
    }
    let mut refused = None;
    for attempt in &seen.attempts {
        match attempt.last() {
            Ok(_) => {
                let means = format!(
                    "A can set {} as it likes: drawn keys repeat then, and inserts of every tenant fail",
                    sequence.name
                );
                let advice = format!(
                    "Revoke UPDATE on {} from the application: USAGE is enough to draw from it",
                    sequence.name
                );
                let leak = Leak {
                    sql: attempt.sql.clone(),
                    returned: vec![format!("the sequence was set to {value}, where it stood")],
                    means,
                    advice,
                    by: None,
                    // There everything is granted to everybody by default, and outsiders reach no setval.
                    note_only: world.effective_role == "authenticated",
                };
                return Ok(vec![Outcome::Leaked(Box::new(leak))]);
            }
            Err(error) if error.is_by_privilege() => {
                refused.get_or_insert_with(|| error.words());
            }
            Err(error) => {
                return Ok(vec![Outcome::not_tried(format!("the server refused it: {}", error.words()))]);
            }
        }
    }
    Ok(vec![Outcome::held(&seen.sql, format!("refused: {}", refused.unwrap_or_default()))])
}
