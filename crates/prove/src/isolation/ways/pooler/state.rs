//! What else outlives a transaction on the pooler's connections: settings, prepared statements, tables, locks, channels.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::pooler::line::{Came, meet},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "pooler-state",
    family: Family::Pooler,
    title: "what else the next client of the pooler meets",
    run: |world, target| Box::pin(run(world, target)),
};

/// What the first client leaves, how the second finds it, how it is cleaned away, and its name.
const LEFT: [(&str, &str, &str, &str); 5] = [
    (
        "SELECT set_config('freehold.left', 'by A', false)",
        "SELECT nullif(current_setting('freehold.left', true), '')",
        "SELECT set_config('freehold.left', '', false)",
        "a setting of the session",
    ),
    (
        "PREPARE freehold_left AS SELECT 1",
        "SELECT name FROM pg_catalog.pg_prepared_statements WHERE name = 'freehold_left'",
        "DEALLOCATE freehold_left",
        "a prepared statement",
    ),
    (
        "CREATE TEMP TABLE freehold_left (n int)",
        "SELECT pg_catalog.to_regclass('pg_temp.freehold_left')::text",
        "DROP TABLE pg_temp.freehold_left",
        "a temporary table",
    ),
    (
        "SELECT pg_catalog.pg_advisory_lock(7031862)",
        "SELECT 'held' FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid() \
         AND objid = 7031862",
        "SELECT pg_catalog.pg_advisory_unlock(7031862)",
        "an advisory lock",
    ),
    (
        "LISTEN freehold_left",
        "SELECT c FROM pg_catalog.pg_listening_channels() c WHERE c = 'freehold_left'",
        "UNLISTEN freehold_left",
        "a channel that is listened to",
    ),
];

/// A note: a pooler that gives a connection to another client after each transaction cannot know what belongs to whom.
async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(to) = world.options.pooler.as_ref().filter(|_| target.is_database()) else {
        return Ok(Vec::new());
    };
    let first = LEFT.map(|(leaves, ..)| leaves.to_owned());
    let asks = LEFT.map(|(_, asks, ..)| asks.to_owned());
    let cleans = LEFT.map(|(_, _, cleans, _)| cleans.to_owned());
    world.count_trials(2);
    let met = match meet(to, &first, &asks, &cleans).await? {
        Came::Met(met) => met,
        Came::Apart(why) => return Ok(vec![Outcome::not_tried(why)]),
    };
    let found =
        LEFT.iter().zip(&met.after).filter(|(_, came)| came.as_ref().is_ok_and(|a| a.value().is_some()));
    let names: Vec<String> = found.map(|((.., name), _)| (*name).to_owned()).collect();
    if names.is_empty() {
        return Ok(vec![Outcome::held(met.sql, "the next client met nothing")]);
    }
    let means = "the pooler gives connections on as they are: what one client leaves in the session the next one meets";
    let advice = "Use nothing that outlives a transaction on these connections, or set the pooler's reset query for every \
                  return of a connection";
    Ok(vec![Outcome::leaked(met.sql, names, means, advice).as_note()])
}
