//! What a call changes: rows of other tenants must be as they were.

use freehold_model::{
    catalog::{Function, Relation, Volatility},
    name::quote_literal,
};

use crate::isolation::{
    batch::Attempts,
    error::IsolationError,
    outcome::Outcome,
    trial::{Answer, Who},
    ways::{
        around::functions::{advice, outside},
        judge::SHOWN,
    },
    world::World,
};

/// Asks which tables the transaction has changed so far.
pub(super) const LOOK: &str = "SELECT c.oid FROM pg_catalog.pg_class c \
     WHERE c.relkind = 'r' AND c.oid >= 16384 \
       AND pg_catalog.pg_stat_get_xact_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_xact_tuples_updated(c.oid) \
           + pg_catalog.pg_stat_get_xact_tuples_deleted(c.oid) > 0";

/// The tables with rows of tenants that calls have changed; with TRUNCATE, which is not counted, those that it may have.
pub(super) fn changed<'w>(world: &'w World<'_>, function: &Function, seen: &Attempts) -> Vec<&'w Relation> {
    let looks = seen.attempts.iter().flat_map(|attempt| &attempt.looks).flat_map(|answer| &answer.rows);
    let mut found: Vec<u32> = looks.filter_map(|row| row.first()?.as_ref()?.parse().ok()).collect();
    let bodies = outside::bodies(&world.catalog, function);
    if bodies.iter().any(|body| body.to_ascii_lowercase().contains("truncate")) {
        found.extend(world.tenancy.owned.keys());
    }
    found.sort_unstable();
    found.dedup();
    let owned = found.into_iter().filter(|oid| world.tenancy.owned.contains_key(oid));
    owned.filter_map(|oid| world.catalog.relation_by_oid(oid)).collect()
}

/// A leak when a call left rows of other tenants otherwise than they were.
pub(super) async fn of_others(
    world: &World<'_>,
    function: &Function,
    calls: &[Vec<String>],
    seen: &Attempts,
) -> Result<Option<Outcome>, IsolationError> {
    let changed =
        if function.volatility == Volatility::Volatile { changed(world, function, seen) } else { Vec::new() };
    let parts: Vec<String> = changed.iter().filter_map(|relation| state(world, relation)).collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let nothing = vec![vec!["SELECT 1".to_owned()]];
    let seen =
        world.batch(Who::A).attempts(&nothing).attempts(calls).look(parts.join(" UNION ALL ")).go().await?;
    let mut attempts = seen.attempts.iter();
    let Some(before) = attempts.next().and_then(|attempt| attempt.looks.first()) else { return Ok(None) };
    for attempt in attempts {
        let Some(after) = attempt.looks.first() else { continue };
        let touched = touched(before, after);
        if !touched.is_empty() {
            let tables = touched.join(", ");
            let returned = vec![format!("rows of other tenants in {tables} are not as they were")];
            let means = format!("{}, called by A, changes rows of other tenants in {tables}", function.name);
            return Ok(Some(Outcome::leaked(&attempt.sql, returned, means, advice(function))));
        }
    }
    Ok(None)
}

/// A query for the rows of each other tenant in a table, as one number.
fn state(world: &World<'_>, relation: &Relation) -> Option<String> {
    let tenant = world.tenant_of(relation.oid, "r")?;
    let a = quote_literal(world.tenants.first()?);
    Some(format!(
        "SELECT {}::pg_catalog.text AS place, s.tenant, pg_catalog.md5(pg_catalog.string_agg(s.line, ',' ORDER BY s.line)) \
         FROM (SELECT {tenant} AS tenant, r::pg_catalog.text AS line FROM {} r) s WHERE s.tenant <> {a} GROUP BY s.tenant",
        quote_literal(&relation.name.to_string()),
        relation.name.quoted()
    ))
}

/// The tables whose rows are others than before.
fn touched(before: &Answer, after: &Answer) -> Vec<String> {
    let only = |these: &Answer, those: &Answer| -> Vec<String> {
        let new = these.rows.iter().filter(|row| !those.rows.contains(row));
        new.filter_map(|row| row.first().cloned().flatten()).collect()
    };
    let mut tables = only(after, before);
    tables.extend(only(before, after));
    tables.sort();
    tables.dedup();
    tables.truncate(SHOWN);
    tables
}
