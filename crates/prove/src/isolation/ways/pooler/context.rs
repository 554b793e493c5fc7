//! A's context, taken on and committed through a pooler, must not be met by the next client on the same connection.

use freehold_model::name::quote_literal;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::pooler::line::{Came, meet},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "pooler-context",
    family: Family::Pooler,
    title: "A's context met by the next client of the pooler",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(to) = world.options.pooler.as_ref().filter(|_| target.is_database()) else {
        return Ok(Vec::new());
    };
    let mut asks = vec!["SELECT current_user".to_owned(), "SELECT current_setting('search_path')".to_owned()];
    let mut facts = vec!["the role".to_owned(), "search_path".to_owned()];
    for name in world.settings_of_the_context() {
        asks.push(format!("SELECT current_setting({}, true)", quote_literal(&name)));
        facts.push(format!("the setting {name}"));
    }
    world.count_trials(2);
    let met = match meet(to, &world.assuming(0), &asks, &[]).await? {
        Came::Met(met) => met,
        Came::Apart(why) => return Ok(vec![Outcome::not_tried(why)]),
    };
    let mut returned = Vec::new();
    for ((fact, before), after) in facts.iter().zip(&met.before).zip(&met.after) {
        let value = |came: &Result<_, _>| {
            came.as_ref()
                .ok()
                .and_then(|answer: &crate::isolation::Answer| answer.value().map(str::to_owned))
                .unwrap_or_default()
        };
        let (before, after) = (value(before), value(after));
        if before != after && !after.is_empty() {
            returned.push(format!(
                "{fact} is {after}, and was {}",
                if before.is_empty() { "empty" } else { &before }
            ));
        }
    }
    if returned.is_empty() {
        return Ok(vec![Outcome::held(met.sql, "the next client met nothing of A's context")]);
    }
    let means =
        "A's context stands when the pooler gives the connection to the next client, who then reads as A";
    let advice = "Take on a tenant for one transaction only: set_config(…, …, true) or SET LOCAL; or let the pooler give a \
                  connection to one client for its whole session and reset it afterwards";
    Ok(vec![Outcome::leaked(met.sql, returned, means, advice)])
}
