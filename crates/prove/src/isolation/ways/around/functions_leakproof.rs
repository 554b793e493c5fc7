//! Functions that are marked LEAKPROOF: the planner may evaluate them before the policies, so they must tell nothing.

use std::collections::BTreeSet;

use freehold_model::{
    catalog::{Function, FunctionKind, Relation},
    name::{quote_identifier, quote_literal},
};

use crate::isolation::{
    batch::Attempts,
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::judge::SHOWN,
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-leakproof",
    family: Family::Around,
    title: "a function marked LEAKPROOF in a condition",
    run: |world, target| Box::pin(run(world, target)),
};

/// The most conditions that are tried.
const CONDITIONS: usize = 12;

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(function) = target
        .function(world)
        .filter(|function| function.leakproof && function.kind == FunctionKind::Function)
    else {
        return Ok(Vec::new());
    };
    let forms = forms(world, function);
    if forms.is_empty() {
        return Ok(vec![Outcome::not_tried(
            "no table that A may read has columns of the types of its arguments",
        )]);
    }
    let seen = world.batch(Who::A).attempts(&forms).go().await?;
    let alone = world.batch(Who::A).attempts(&forms).where_a_is_alone().go().await?;
    if let Some(stopped) = seen.stopped.as_ref().or(alone.stopped.as_ref()) {
        return Ok(vec![Outcome::not_tried(format!(
            "the context could not be taken on: {}",
            stopped.words()
        ))]);
    }
    Ok(vec![judge(function, &seen, &alone)])
}

fn judge(function: &Function, seen: &Attempts, alone: &Attempts) -> Outcome {
    let known: BTreeSet<&String> = alone.notices.iter().collect();
    let told: Vec<String> = seen.notices.iter().filter(|notice| !known.contains(notice)).cloned().collect();
    let mut returned: Vec<String> = told.into_iter().take(SHOWN).collect();
    let mut sql = seen.sql.clone();
    let mut untried = None;
    let mut through = 0;
    for (attempt, before) in seen.attempts.iter().zip(&alone.attempts) {
        match (attempt.last(), before.last()) {
            (Err(refused), Err(same)) if refused == same => {
                untried.get_or_insert_with(|| refused.words());
            }
            (Err(refused), _) => {
                sql.clone_from(&attempt.sql);
                returned.push(refused.words());
            }
            (Ok(_), _) => through += 1,
        }
    }
    if !returned.is_empty() {
        let means = format!(
            "{} is marked LEAKPROOF, is given rows of other tenants before the policies hide them, and tells of them",
            function.name
        );
        let advice = format!("ALTER FUNCTION {} NOT LEAKPROOF", function.name);
        return Outcome::leaked(sql, returned, means, advice);
    }
    match untried {
        Some(untried) if through == 0 => Outcome::not_tried(format!("the server refused it: {untried}")),
        _ => Outcome::held(&seen.sql, format!("{through} conditions, no message and no error")),
    }
}

/// Conditions with the function on columns of tables that A may read, A's own rows left out where that is possible.
fn forms(world: &World<'_>, function: &Function) -> Vec<Vec<String>> {
    let types: Vec<&str> = function.identity_arguments.split(", ").map(type_of).collect();
    let mut forms = Vec::new();
    for relation in world.tenancy.owned.keys().filter_map(|oid| world.catalog.relation_by_oid(*oid)) {
        let select = world.may(relation.oid).select;
        let Some(columns) = fitting(relation, &select, &types) else { continue };
        for arguments in columns {
            let call = format!("{}({arguments}) IS NOT NULL", function.name.quoted());
            let table = relation.name.quoted();
            forms.push(vec![format!("SELECT 1 FROM {table} WHERE {call}")]);
            let tenant =
                world.tenancy.column_of(relation.oid).filter(|column| select.iter().any(|own| own == column));
            if let (Some(tenant), Some(a)) = (tenant, world.tenants.first()) {
                let others = format!("{} <> {}", quote_identifier(tenant), quote_literal(a));
                forms.push(vec![format!("SELECT 1 FROM {table} WHERE {others} AND {call}")]);
            }
        }
    }
    forms.truncate(CONDITIONS);
    forms
}

/// A type without the argument's mode and name: `IN note text` is `text`, `double precision` stays.
fn type_of(argument: &str) -> &str {
    const LONG: &[&str] = &[
        "double precision",
        "character varying",
        "timestamp with time zone",
        "timestamp without time zone",
        "time with time zone",
        "time without time zone",
        "bit varying",
    ];
    let argument = argument.trim();
    match LONG.iter().find(|long| argument.ends_with(*long)) {
        Some(long) => long,
        None => argument.rsplit(' ').next().unwrap_or(argument),
    }
}

/// Lists of columns of these types; none where a type has no column.
fn fitting(relation: &Relation, granted: &[String], types: &[&str]) -> Option<Vec<String>> {
    let of_type = |wanted: &str| -> Vec<String> {
        let bare = |name: &str| name.split('(').next().unwrap_or(name).trim().to_owned();
        let text = |name: &str| ["text", "character varying", "citext"].contains(&name);
        let fits = |name: &str| name == wanted || (text(name) && text(wanted)) || wanted.starts_with("any");
        let columns = relation
            .columns
            .iter()
            .filter(|column| granted.contains(&column.name) && fits(&bare(&column.type_name)));
        columns.map(|column| quote_identifier(&column.name)).collect()
    };
    let candidates: Vec<Vec<String>> = types.iter().map(|wanted| of_type(wanted)).collect();
    if candidates.is_empty() || candidates.iter().any(Vec::is_empty) {
        return None;
    }
    let most = candidates.iter().map(Vec::len).max().unwrap_or(0);
    let list = |at: usize| -> String {
        let picked = candidates.iter().filter_map(|columns| columns.get(at % columns.len()).cloned());
        picked.collect::<Vec<_>>().join(", ")
    };
    Some((0..most).map(list).collect())
}
