//! What the transaction before left on the connection: when its context still stands, the next client reads its rows.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Refused, send},
    way::{Family, Way},
    ways::{
        context::nobody::columns,
        judge::{SHOWN, list, no_rows, rows_not_of},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "context-left-over",
    family: Family::Context,
    title: "what the transaction before left on the connection",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    if let Some(outcomes) = no_rows(world, relation) {
        return Ok(outcomes);
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let columns = columns(relation, &world.may(relation.oid));
    let select = format!("SELECT {} FROM {}", list(&columns), relation.name.quoted());
    let Next { sql, came } = match next(world, &select).await? {
        Ok(next) => next,
        Err(refused) => return Ok(vec![not_taken(&refused)]),
    };
    for answer in came.iter().flatten() {
        let crossed = rows_not_of(truth, None, &columns, answer);
        if !crossed.rows.is_empty() {
            let means = format!(
                "after A's transaction was over, the next one on the same connection reads {} rows of tenants from {} without \
                 a context of its own",
                crossed.rows.len(),
                relation.name
            );
            let advice = "Take on a tenant for one transaction only: set_config(…, …, true) or SET LOCAL, and policies that give \
                          no rows without a context";
            return Ok(vec![Outcome::leaked(&sql, crossed.lines(SHOWN), means, advice)]);
        }
    }
    let refused = came.iter().find_map(|came| came.as_ref().err());
    let seen = match refused {
        None => "nothing of the context was left: no row of a tenant".to_owned(),
        Some(refused) => format!("nothing of the context was left: {}", refused.words()),
    };
    Ok(vec![Outcome::held(sql, seen)])
}

/// The transaction after A's.
pub(super) struct Next {
    /// What ran on the connection, ready to paste.
    pub(super) sql: String,
    /// What came of the statement, as the application's role and as the role that a context takes on.
    pub(super) came: Vec<Result<Answer, Refused>>,
}

/// Runs a statement in a transaction without a context, after one of A's on the same connection. Refused: the context
/// could not be taken on.
pub(super) async fn next(world: &World<'_>, select: &str) -> Result<Result<Next, Refused>, IsolationError> {
    let handed_on = world.handed_on().await?;
    if let Some(refused) = &handed_on.refused {
        return Ok(Err(refused.clone()));
    }
    // What the transaction before read may have left something too; what it was refused would undo its context.
    let mut statements = vec!["BEGIN".to_owned()];
    statements.extend(world.assuming(0));
    statements.extend([select.to_owned(), "COMMIT".to_owned()]);
    let mut asked = Vec::new();
    let mut ask = |before: Option<String>| {
        statements.push("BEGIN".to_owned());
        statements.extend(before);
        asked.push(statements.len());
        statements.extend([select.to_owned(), "ROLLBACK".to_owned()]);
    };
    ask(None);
    if world.effective_role != world.role && !world.role_is_the_context().await? {
        ask(Some(world.taking_role(&world.effective_role)));
    }
    let answers = send(&handed_on.session, &statements).await?;
    world.count_trials(asked.len() as u64);
    let came = answers.into_iter().enumerate().filter(|(at, _)| asked.contains(at)).map(|(_, came)| came);
    let sql = format!("{};\n{};", handed_on.sql, statements.join(";\n"));
    Ok(Ok(Next { sql, came: came.collect() }))
}

pub(super) fn not_taken(refused: &Refused) -> Outcome {
    Outcome::not_tried(format!("the context could not be taken on: {}", refused.words()))
}
