//! From one tenant's context to another's, in one transaction and in the next on the same connection.

use freehold_model::name::quote_identifier;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Refused, Who, send},
    way::{Family, Way},
    ways::{
        context::{left_over::not_taken, nobody::columns},
        judge::{SHOWN, foreign_rows, list, no_rows_of_others, policy_advice},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "context-switched",
    family: Family::Context,
    title: "from B's context to A's on one connection",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    if let Some(outcomes) = no_rows_of_others(world, relation) {
        return Ok(outcomes);
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let columns = columns(relation, &world.may(relation.oid));
    let select = format!("SELECT {} FROM {}", list(&columns), relation.name.quoted());
    let within =
        world.trial(Who::B).run(select.as_str()).run_all(world.assuming(0)).run(select.as_str()).go().await?;
    if let Some(stopped) = &within.stopped {
        return Ok(vec![not_taken(stopped)]);
    }
    let (across_sql, across) = across(world, &select).await?;
    let mut refused = None;
    for (sql, came, how) in [
        (&within.sql, within.last().map_err(Clone::clone).cloned(), "in the same transaction"),
        (&across_sql, across, "in the next transaction"),
    ] {
        match came {
            Err(why) => refused = Some(why),
            Ok(answer) => {
                let crossed = foreign_rows(truth, &columns, &answer);
                if !crossed.rows.is_empty() {
                    let means = format!(
                        "after the change from B's context to A's {how}, {} rows of others come back from {}",
                        crossed.rows.len(),
                        relation.name
                    );
                    return Ok(vec![Outcome::leaked(
                        sql,
                        crossed.lines(SHOWN),
                        means,
                        policy_advice(relation),
                    )]);
                }
            }
        }
    }
    let seen = match &refused {
        None => "only A's rows after the change".to_owned(),
        Some(refused) => format!("refused: {}", refused.words()),
    };
    match refused {
        // That the context cannot be changed within a transaction is a protection; that rows cannot be read is none.
        Some(refused) if !refused.is_by_privilege() && within.runs.first().is_none_or(Result::is_err) => {
            Ok(vec![Outcome::not_tried(format!("the server refused the statement: {}", refused.words()))])
        }
        _ => Ok(vec![Outcome::held(format!("{}\n{across_sql}", within.sql), seen)]),
    }
}

type Came = Result<Answer, Refused>;

async fn across(world: &World<'_>, select: &str) -> Result<(String, Came), IsolationError> {
    let mut statements = Vec::new();
    for (tenant, end) in [(1, "COMMIT"), (0, "ROLLBACK")] {
        let role = quote_identifier(&world.role);
        statements.extend(["BEGIN".to_owned(), format!("SET LOCAL SESSION AUTHORIZATION {role}")]);
        statements.extend(world.assuming(tenant));
        statements.extend([select.to_owned(), end.to_owned()]);
    }
    let answers = send(world.spare().await?, &statements).await?;
    world.count_trials(2);
    let refused = answers.iter().find_map(|answer| answer.as_ref().err()).cloned();
    let last = answers.into_iter().rev().nth(1);
    let came = match (refused, last) {
        (None, Some(last)) => last,
        (Some(refused), _) => Err(refused),
        (None, None) => Ok(Answer::default()),
    };
    Ok((format!("{};", statements.join(";\n")), came))
}
