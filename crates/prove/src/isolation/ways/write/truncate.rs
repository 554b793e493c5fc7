//! `TRUNCATE` in A's context: no policy binds it, so the privilege alone lets it take every tenant's rows.

use freehold_model::name::quote_identifier;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::{
        judge::SHOWN,
        writing::{Attempt, Came, Subject, by_privilege, stopped},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-truncate",
    family: Family::Write,
    title: "TRUNCATE",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match target.owned_table(world).and_then(|relation| Subject::of_table(world, relation)) {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let mut refusals = Vec::new();
    for cascade in ["", " CASCADE"] {
        let attempt = Attempt { sql: format!("TRUNCATE {}{cascade}", subject.name), ..Attempt::default() };
        let (sql, came) = subject.attempt(Who::A, &attempt).await?;
        match came {
            Came::Through(_, changes) if changes.reach_others() => {
                let means =
                    format!("A emptied {}, the rows of all other tenants with it", subject.relation.name);
                let advice = format!(
                    "Revoke TRUNCATE on {} from {}: row level security does not bind it",
                    subject.relation.name, world.effective_role
                );
                return Ok(vec![Outcome::leaked(sql, changes.lines(SHOWN), means, advice)]);
            }
            Came::Through(..) => return Ok(vec![Outcome::held(sql, "no row of another tenant went")]),
            Came::Stopped(refused) => return Ok(vec![stopped(&refused)]),
            Came::Refused(refused) if refused.is_by_privilege() => {
                if world.may(subject.relation.oid).truncate
                    && let Some(outcome) = without_references(world, &subject).await?
                {
                    return Ok(vec![outcome]);
                }
                return Ok(vec![by_privilege(&sql, &refused)]);
            }
            Came::Refused(refused) => refusals.push((sql, refused)),
        }
    }
    let raised = |state: Option<freehold_model::sqlstate::SqlState>| {
        state.is_some_and(|state| state.code() == "P0001")
    };
    Ok(refusals
        .pop()
        .map(|(sql, refused)| {
            if raised(refused.sqlstate) {
                return Outcome::held(sql, format!("refused by a trigger: {}", refused.words()));
            }
            Outcome::not_tried(format!("the server refused the statement: {}", refused.words()))
        })
        .into_iter()
        .collect())
}

/// The same with the foreign keys out of the way that point to the table: they happen to keep it from being emptied, and
/// know nothing of tenants.
async fn without_references(
    world: &World<'_>,
    subject: &Subject<'_>,
) -> Result<Option<Outcome>, IsolationError> {
    let name = &subject.relation.name;
    let mut keys = Vec::new();
    let mut prepare = Vec::new();
    for relation in world.catalog.relations.iter().filter(|relation| relation.name != *name) {
        let pointing = relation.foreign_keys().filter(|key| key.referenced_table.as_ref() == Some(name));
        for key in pointing.filter(|key| !key.has_parent) {
            keys.push(format!("{} of {}", key.name, relation.name));
            let constraint = quote_identifier(&key.name);
            prepare.push(format!("ALTER TABLE {} DROP CONSTRAINT {constraint}", relation.name.quoted()));
        }
    }
    if keys.is_empty() {
        return Ok(None);
    }
    let attempt = Attempt { prepare, sql: format!("TRUNCATE {}", subject.name), ..Attempt::default() };
    let (sql, came) = subject.attempt(Who::A, &attempt).await?;
    let Came::Through(_, changes) = came else { return Ok(None) };
    if !changes.reach_others() {
        return Ok(None);
    }
    let means = format!(
        "{} may TRUNCATE {name}: no policy binds that, and only {} keeps A from emptying it for all tenants",
        world.effective_role,
        keys.join(", ")
    );
    let advice = format!("Revoke TRUNCATE on {name} from {}", world.effective_role);
    Ok(Some(Outcome::leaked(sql, changes.lines(SHOWN), means, advice)))
}
