//! Functions and errors in a condition: none may be evaluated on another tenant's row before the policy has hidden it.
//!
//! What a function is given is told by a notice; an error tells that a row is there. Both are compared with what comes
//! where A is alone, so that policies which themselves tell of rows are found too.

use std::collections::BTreeSet;

use crate::isolation::{
    batch::Attempts,
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::{
        judge::{SHOWN, policy_advice},
        read::subject::{Subject, subject},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-oracle",
    family: Family::Read,
    title: "errors and messages that tell of rows",
    run: |world, target| Box::pin(run(world, target)),
};

/// A function that tells what it is given. It is so cheap that the planner puts it first wherever it may.
pub(in crate::isolation::ways) const PEEK: &str = "CREATE FUNCTION pg_temp.freehold_peek(record) RETURNS boolean LANGUAGE plpgsql \
     COST 0.0000001 AS $$BEGIN RAISE NOTICE 'a row is seen: %', $1; RETURN true; END$$";

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let forms = forms(&subject);
    let seen = world.batch(Who::A).attempts(&forms).go().await?;
    let alone = world.batch(Who::A).attempts(&forms).where_a_is_alone().go().await?;
    Ok(vec![judge(&subject, &seen, &alone)])
}

/// Each is tried by itself: only reading, an error for rows of B, a function that tells.
fn forms(subject: &Subject<'_>) -> Vec<Vec<String>> {
    let (columns, table) = (subject.list(), subject.table());
    let mut forms = vec![vec![format!("SELECT {columns} FROM {table}")]];
    for row in subject.others() {
        forms.push(vec![format!(
            "SELECT 1 FROM {table} WHERE 1 / (CASE WHEN {} THEN 0 ELSE 1 END) = 1",
            row.found_by
        )]);
    }
    let row = format!("SELECT 1 FROM {table} WHERE pg_temp.freehold_peek(ROW({columns}))");
    forms.push(vec![PEEK.to_owned(), row]);
    forms
}

fn judge(subject: &Subject<'_>, seen: &Attempts, alone: &Attempts) -> Outcome {
    if let Some(stopped) = seen.stopped.as_ref().or(alone.stopped.as_ref()) {
        return Outcome::not_tried(format!("the context could not be taken on: {}", stopped.words()));
    }
    let known: BTreeSet<&String> = alone.notices.iter().collect();
    let told: BTreeSet<&String> = seen.notices.iter().filter(|notice| !known.contains(notice)).collect();
    let name = &subject.relation.name;
    if !told.is_empty() {
        let by_function = told.iter().all(|notice| notice.starts_with("a row is seen: "));
        let attempt = if by_function { seen.attempts.last() } else { seen.attempts.first() };
        let sql = attempt.map(|attempt| attempt.sql.clone()).unwrap_or_default();
        let means = format!("Messages of the server tell A of rows of other tenants in {name}");
        let lines = told.into_iter().take(SHOWN).cloned().collect();
        return Outcome::leaked(sql, lines, means, policy_advice(subject.relation));
    }
    let mut held = false;
    let mut refused = None;
    for (attempt, before) in seen.attempts.iter().zip(&alone.attempts) {
        match (attempt.last(), before.last()) {
            (Ok(_), _) => held = true,
            (Err(error), Err(same)) if error == same => {
                if error.is_by_privilege() {
                    held = true;
                }
                refused.get_or_insert(error);
            }
            (Err(error), _) if error.is_by_data() || error.sqlstate.is_some_and(|s| s.class() == "P0") => {
                let means = format!("An error tells A whether a row of another tenant is in {name}");
                return Outcome::leaked(
                    &attempt.sql,
                    vec![error.words()],
                    means,
                    policy_advice(subject.relation),
                );
            }
            (Err(error), _) => {
                refused.get_or_insert(error);
            }
        }
    }
    match (held, refused) {
        (false, refused) => Outcome::not_tried(format!(
            "the server refused it: {}",
            refused.map(|refused| refused.words()).unwrap_or_default()
        )),
        (true, Some(refused)) if refused.is_by_privilege() => {
            Outcome::held(&seen.sql, format!("refused: {}", refused.words()))
        }
        (true, _) => Outcome::held(
            &seen.sql,
            format!("{} messages and no error, the same as where A is alone", seen.notices.len()),
        ),
    }
}
