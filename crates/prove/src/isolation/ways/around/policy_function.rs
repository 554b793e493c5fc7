//! Functions that policies call: who can replace one decides which rows are seen.

use std::collections::BTreeMap;

use freehold_model::{
    catalog::{Function, Relation},
    name::quote_literal,
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Who, send},
    way::{Family, Way},
    ways::judge::{SHOWN, foreign_rows, list, of_refusal},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-policy-function",
    family: Family::Around,
    title: "a function of a policy replaced by the application",
    run: |world, target| Box::pin(run(world, target)),
};

const CALLED: &str = "SELECT DISTINCT d.refobjid, p.polrelid FROM pg_catalog.pg_policy p \
     JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_policy'::regclass AND d.objid = p.oid \
      AND d.refclassid = 'pg_catalog.pg_proc'::regclass ORDER BY 1, 2";

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() {
        return Ok(Vec::new());
    }
    let called = match send(&world.session, &[CALLED.to_owned()]).await?.pop() {
        Some(Ok(answer)) => answer.rows,
        Some(Err(refused)) => return Ok(vec![Outcome::not_tried(refused.words())]),
        None => return Ok(Vec::new()),
    };
    let mut tables: BTreeMap<u32, Vec<&Relation>> = BTreeMap::new();
    for row in &called {
        let oid = |at: usize| row.get(at)?.as_deref()?.parse::<u32>().ok();
        let (Some(function), Some(table)) = (oid(0), oid(1)) else { continue };
        let relation = world.catalog.relation_by_oid(table);
        let relation = relation.filter(|own| own.is_table() && world.lacks_rows(own).is_none());
        tables.entry(function).or_default().extend(relation);
    }
    let mut outcomes = Vec::new();
    for (oid, relations) in tables {
        if let (Some(function), Some(relation)) = (world.catalog.function_by_oid(oid), relations.first()) {
            outcomes.extend(replace(world, function, relation).await?);
        }
    }
    Ok(outcomes)
}

async fn replace(
    world: &World<'_>,
    function: &Function,
    relation: &Relation,
) -> Result<Option<Outcome>, IsolationError> {
    let Some(truth) = world.truth(relation.oid) else { return Ok(None) };
    let signature = format!("{}({})", function.name.quoted(), function.identity_arguments);
    let result = function.result.as_deref().unwrap_or_default();
    let b = quote_literal(world.tenants.get(1).map_or("", String::as_str));
    let (body, one_value) = match result {
        "boolean" => ("SELECT true".to_owned(), true),
        _ => (format!("SELECT {b}::{result}"), !result.contains("SETOF") && !result.contains("TABLE")),
    };
    let change = if one_value {
        format!(
            "CREATE OR REPLACE FUNCTION {}({}) RETURNS {result} LANGUAGE sql AS {}",
            function.name.quoted(),
            function.arguments,
            quote_literal(&body)
        )
    } else {
        format!("ALTER FUNCTION {signature} COST 1")
    };
    let columns: Vec<String> = match world.may(relation.oid).select {
        none if none.is_empty() => truth.columns.clone(),
        some => some,
    };
    let select = format!("SELECT {} FROM {}", list(&columns), relation.name.quoted());
    let seen = world.trial(Who::A).run(change).run(select).go().await?;
    let is_replaced = seen.stopped.is_none() && seen.runs.first().is_some_and(Result::is_ok);
    if !is_replaced {
        return Ok(of_refusal(&seen));
    }
    if !one_value {
        let why = format!(
            "{signature} is the application's own and gives no single value: nothing was put in its place"
        );
        return Ok(Some(Outcome::not_tried(why)));
    }
    let crossed = seen.last().ok().map(|answer| foreign_rows(truth, &columns, answer)).unwrap_or_default();
    if crossed.rows.is_empty() {
        return Ok(Some(Outcome::held(seen.sql, "replaced, and no row of another tenant came back")));
    }
    let means = format!(
        "the application can replace {}, by which policies of {} decide: {} rows of others came back",
        function.name,
        relation.name,
        crossed.rows.len()
    );
    let advice = format!("Let {} be owned by a role that only migrations connect as", function.name);
    Ok(Some(Outcome::leaked(seen.sql, crossed.lines(SHOWN), means, advice).by(signature)))
}
