//! Queries without a context that give no rows on a fresh connection and an error on a used one: the setting is then
//! empty and no longer missing, and what casts it fails.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Trial, Who},
    way::{Family, Way},
    ways::{
        context::{
            left_over::{Next, next, not_taken},
            nobody::columns,
        },
        judge::{list, no_rows},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "context-after-commit",
    family: Family::Context,
    title: "no context on a used connection gives no rows, not an error",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    if let Some(outcomes) = no_rows(world, relation) {
        return Ok(outcomes);
    }
    let columns = columns(relation, &world.may(relation.oid));
    let select = format!("SELECT {} FROM {}", list(&columns), relation.name.quoted());
    let Next { sql, came } = match next(world, &select).await? {
        Ok(next) => next,
        Err(refused) => return Ok(vec![not_taken(&refused)]),
    };
    let Some(refused) = came.iter().filter_map(|came| came.as_ref().err()).find(|r| !r.is_by_privilege())
    else {
        return Ok(vec![Outcome::held(sql, "the used connection answers without an error of the policy")]);
    };
    let untouched = world.untouched().await?;
    let mut roles = vec![&world.role];
    if !world.role_is_the_context().await? {
        roles.push(&world.effective_role);
    }
    let fresh =
        roles.iter().map(|role| world.trial(Who::NOBODY.as_role(*role)).on(untouched).run(select.as_str()));
    let fresh = Trial::all(fresh).await?;
    if fresh.iter().all(|seen| seen.last().is_err_and(|refused| !refused.is_by_privilege())) {
        return Ok(vec![Outcome::held(
            sql,
            format!("refused on fresh connections as well: {}", refused.words()),
        )]);
    }
    let means = format!(
        "without a context {} gives no rows on a fresh connection, and an error on one that has had a context before: the \
         setting is empty then, not missing",
        relation.name
    );
    let advice = format!(
        "Write nullif(current_setting('{}', true), '') in the policies of {}, and cast that",
        world.tenancy.settings.first().map_or("app.current_tenant_id", String::as_str),
        relation.name
    );
    Ok(vec![Outcome::leaked(sql, vec![refused.words()], means, advice)])
}
