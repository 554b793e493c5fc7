//! Makes sure of parents, and numbers their combinations.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::name::quote_identifier;

use super::{Group, SOME, Wish, group::numbered};
use crate::{
    ask::{Bound, guarded, rows},
    error::SynthError,
    fill::Filler,
    look::count,
    plan::{COLOUR, NUMBER, Plan, Pool},
    table::{Foreign, Parent, Table},
};

/// Fills parents until there are enough combinations. Answers with nullable columns that are left out because their
/// parents cannot be had; their keys are taken from the group.
pub(super) async fn ensure(
    filler: &mut Filler<'_>,
    plan: &Plan<'_>,
    group: &mut Group,
    need: u64,
) -> Result<Vec<String>, SynthError> {
    let mut left_out = Vec::new();
    let mut at = 0;
    while at < group.keys.len() {
        let session = filler.session;
        let outcome = guarded(session, one(filler, plan, group, at, need)).await;
        match outcome {
            Ok(()) => at += 1,
            Err(error @ SynthError::Unsatisfied { .. }) => {
                let own = group.own_columns(at);
                let nullable = |name: &String| plan.table.column(name).is_some_and(|column| column.nullable);
                let spare: Vec<String> = own.into_iter().filter(nullable).collect();
                if spare.is_empty() {
                    return Err(error);
                }
                let key = group.keys.remove(at);
                let kept = group.columns();
                left_out
                    .extend(key.columns.into_iter().filter(|name| !kept.contains(name) && nullable(name)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(left_out)
}

/// Makes sure of parents for the keys up to and with the one at `at`.
async fn one(
    filler: &mut Filler<'_>,
    plan: &Plan<'_>,
    group: &Group,
    at: usize,
    need: u64,
) -> Result<(), SynthError> {
    let Some(key) = group.keys.get(at) else { return Ok(()) };
    if filler.book.is_some() {
        return agreed(filler, plan, group, at).await;
    }
    let wanted = need.max(1);
    let doing = format!("counting parents for {} of {}", key.constraint, plan.table.name);
    let have = |rows: String| format!("SELECT pg_catalog.count(*) FROM ({rows}) AS q");
    let there = count(filler.session, &have(group.rows(plan.table, at + 1, wanted)), &doing).await?;
    let there = u64::try_from(there).unwrap_or(0);
    let enough = if need > 1 { wanted } else { 1 };
    if there >= enough {
        return Ok(());
    }
    let Parent::Relation(oid) = key.parent else {
        return Err(unsatisfied(plan.table, key, "there is nothing to agree with"));
    };
    // Fewer on each floor up, so that several children share a parent.
    let usual = if filler.depth() > 1 { plan.rows / 5 } else { plan.rows };
    let missing = (wanted - there).max(usual.clamp(1, SOME));
    let before: BTreeSet<&String> = group.keys.iter().take(at).flat_map(|key| &key.columns).collect();
    let wish = wish(plan.table, group, key, at, wanted);
    // What must be different here and comes from this parent must be different there.
    let distinct: Vec<String> = key
        .columns
        .iter()
        .zip(&key.parent_columns)
        .filter(|(own, _)| need > 1 && group.distinct.contains(own) && !before.contains(own))
        .map(|(_, parent)| parent.clone())
        .collect();
    filler.parent(oid, missing, wish.as_ref(), &distinct).await?;
    let there = count(filler.session, &have(group.rows(plan.table, at + 1, wanted)), &doing).await?;
    if u64::try_from(there).unwrap_or(0) < 1 {
        return Err(unsatisfied(
            plan.table,
            key,
            "no parents were found that agree on what their keys share",
        ));
    }
    Ok(())
}

/// What rows of a key's parent must agree with: the combinations of the keys before it.
fn wish(table: &Table, group: &Group, key: &Foreign, at: usize, wanted: u64) -> Option<Wish> {
    let before: BTreeSet<&String> = group.keys.iter().take(at).flat_map(|key| &key.columns).collect();
    let shared: Vec<_> =
        key.columns.iter().zip(&key.parent_columns).filter(|(column, _)| before.contains(column)).collect();
    let coloured = group.coloured(at);
    (!shared.is_empty()).then(|| {
        let mut columns: Vec<String> = shared
            .iter()
            .map(|(own, parent)| format!("{} AS {}", quote_identifier(own), quote_identifier(parent)))
            .collect();
        if coloured {
            columns.push(format!("{COLOUR}, pg_catalog.row_number() OVER () AS {NUMBER}"));
        }
        Wish {
            columns: shared.iter().map(|(_, parent)| (*parent).clone()).collect(),
            query: format!(
                "SELECT {} FROM ({}) AS agreed",
                columns.join(", "),
                group.rows(table, at, wanted)
            ),
            coloured,
        }
    })
}

/// Every colour has its parents by now; only where these do not agree on what their keys share are more of them made.
async fn agreed(
    filler: &mut Filler<'_>,
    plan: &Plan<'_>,
    group: &Group,
    at: usize,
) -> Result<(), SynthError> {
    let Some(key) = group.keys.get(at) else { return Ok(()) };
    let enough = |sizes: &BTreeMap<u32, u64>, coloured: bool| {
        if coloured {
            plan.spans.iter().all(|span| sizes.contains_key(&span.colour))
        } else {
            !sizes.is_empty()
        }
    };
    let coloured = group.coloured(at + 1);
    let there = sizes(filler, plan, group, at + 1, 1).await?;
    if enough(&there, coloured) {
        return Ok(());
    }
    if let Parent::Relation(oid) = key.parent
        && key.coloured
        && at > 0
        && filler.may_grow(oid)
        && let Some(wish) = wish(plan.table, group, key, at, 1)
    {
        match filler.parent(oid, 1, Some(&wish), &[]).await {
            Err(error) if !matches!(error, SynthError::Unsatisfied { .. }) => return Err(error),
            _ => {}
        }
    }
    let there = sizes(filler, plan, group, at + 1, 1).await?;
    if there.is_empty() {
        let why =
            if at == 0 { "its parents have no rows" } else { "no parents agree on what their keys share" };
        return Err(unsatisfied(plan.table, key, why));
    }
    Ok(())
}

/// How many combinations each colour has; all under one where they have none.
async fn sizes(
    filler: &Filler<'_>,
    plan: &Plan<'_>,
    group: &Group,
    keys: usize,
    need: u64,
) -> Result<BTreeMap<u32, u64>, SynthError> {
    let made = group.rows(plan.table, keys, need);
    let doing = format!("counting parents for rows of {}", plan.table.name);
    let colour = if group.coloured(keys) { COLOUR } else { "0" };
    let sql = format!(
        "SELECT {colour}::pg_catalog.int4, pg_catalog.count(*) FROM ({made}) AS q GROUP BY 1 HAVING pg_catalog.count(*) > 0"
    );
    let found = rows(filler.session, &doing, &sql, &Bound::default()).await;
    let found = found.map_err(SynthError::server(&doing))?;
    let pair = |row: &tokio_postgres::Row| -> Option<(u32, u64)> {
        let (colour, size): (i32, i64) = (row.try_get(0).ok()?, row.try_get(1).ok()?);
        Some((u32::try_from(colour).ok()?, u64::try_from(size).ok()?))
    };
    Ok(found.iter().filter_map(pair).collect())
}

fn unsatisfied(table: &Table, key: &Foreign, why: &str) -> SynthError {
    SynthError::Unsatisfied {
        relation: table.name.to_string(),
        column: None,
        constraint: Some(key.constraint.clone()),
        why: why.to_owned(),
    }
}

/// The combinations, numbered.
pub(super) async fn pool(
    filler: &Filler<'_>,
    plan: &Plan<'_>,
    group: &Group,
    need: u64,
) -> Result<Pool, SynthError> {
    let made = group.rows(plan.table, group.keys.len(), need);
    let there = sizes(filler, plan, group, group.keys.len(), need).await?;
    let size = there.values().copied().max().unwrap_or(0);
    if size == 0 {
        let key = group.keys.first();
        return Err(SynthError::Unsatisfied {
            relation: plan.table.name.to_string(),
            column: None,
            constraint: key.map(|key| key.constraint.clone()),
            why: "there are no parents that agree with each other, or each of them has its row".to_owned(),
        });
    }
    let coloured = group.coloured(group.keys.len());
    Ok(Pool {
        sql: numbered(&made, coloured),
        size,
        sizes: coloured.then_some(there),
        stride: 1,
        fresh: need > 0,
        within: coloured,
    })
}
