//! `INSERT … ON CONFLICT DO UPDATE` in A's context: the conflict may not lead to another tenant's row.

use freehold_model::{
    catalog::{Deferrable, Index, IndexColumn, Relation},
    name::quote_identifier,
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::{
        judge::SHOWN,
        writing::{Attempt, Came, Line, Subject, by_privilege, stopped, worst},
    },
    world::World,
};

use super::update_of_others::harmless;

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-upsert",
    family: Family::Write,
    title: "INSERT ON CONFLICT DO UPDATE that meets a row of another tenant",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match Subject::of(world, target).await? {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let (Some(other), Some(own)) = (subject.other(), subject.own.first()) else {
        return Ok(vec![Outcome::not_tried("A has no row in it")]);
    };
    let Some(set) = harmless(&subject, other) else { return Ok(Vec::new()) };
    // The server takes no ON CONFLICT where rules or a view's triggers rewrite what is inserted.
    let is_view = !subject.relation.is_table();
    if !subject.relation.rules.is_empty() || (is_view && !subject.relation.triggers.is_empty()) {
        return Ok(Vec::new());
    }
    let mut outcomes = Vec::new();
    for relation in subject.tables() {
        for index in relation.indexes.iter().filter(|index| arbitrates(&subject, relation, index)) {
            let with_tenant = index
                .columns
                .iter()
                .filter_map(IndexColumn::column)
                .any(|name| subject.place(name).is_some_and(|at| subject.tenant.contains(&at)));
            let conflict = conflict(index);
            let upsert = |insert: String| format!("{insert} ON CONFLICT {conflict} DO UPDATE SET {set}");
            let whole = Attempt { sql: upsert(subject.insert(other, &[])), ..Attempt::default() };
            outcomes.push(settle(&subject, other, &whole).await?);
            // Where the index does not know the tenant, a row of A's own meets the other's.
            if !with_tenant && !subject.tenant.is_empty() {
                let key = index
                    .columns
                    .iter()
                    .filter_map(IndexColumn::column)
                    .filter_map(|name| subject.place(name));
                let taken: Vec<(usize, Option<String>)> =
                    key.map(|at| (at, subject.value(other, at).map(str::to_owned))).collect();
                let own = Attempt {
                    prepare: own.remove.clone().into_iter().collect(),
                    removed: own.removed.clone(),
                    sql: upsert(subject.insert(own, &taken)),
                };
                outcomes.push(settle(&subject, other, &own).await?);
            }
        }
    }
    Ok(worst(outcomes).into_iter().collect())
}

/// An index that `ON CONFLICT DO UPDATE` can go by, all of whose columns the relation has.
fn arbitrates(subject: &Subject<'_>, relation: &Relation, index: &Index) -> bool {
    let constraint = index.constraint.as_deref().and_then(|name| relation.constraint(name));
    let plain = index.columns.iter().all(|column| match column {
        IndexColumn::Column(name) => subject.place(name).is_some(),
        IndexColumn::Expression(_) => relation.oid == subject.relation.oid,
    });
    index.unique
        && index.valid
        && !index.exclusion
        && plain
        && constraint.is_none_or(|constraint| constraint.deferrable == Deferrable::No)
}

/// What names the index after `ON CONFLICT`.
fn conflict(index: &Index) -> String {
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|column| match column {
            IndexColumn::Column(name) => quote_identifier(name),
            IndexColumn::Expression(text) => format!("({text})"),
        })
        .collect();
    let predicate = index.predicate.as_ref().map(|text| format!(" WHERE {text}"));
    format!("({}){}", columns.join(", "), predicate.unwrap_or_default())
}

async fn settle(subject: &Subject<'_>, other: &Line, attempt: &Attempt) -> Result<Outcome, IsolationError> {
    let (sql, came) = subject.attempt(Who::A, attempt).await?;
    let refused = match came {
        Came::Through(_, changes) if changes.reach_others() => {
            let means = format!(
                "A's new row in {} met one of another tenant, and that one was changed",
                subject.relation.name
            );
            return Ok(subject.leak(&sql, changes.lines(SHOWN), means));
        }
        Came::Through(..) => return Ok(Outcome::held(sql, "no row of another tenant was changed")),
        Came::Stopped(refused) => return Ok(stopped(&refused)),
        Came::Refused(refused) if refused.is_by_privilege() => return Ok(by_privilege(&sql, &refused)),
        Came::Refused(refused) => refused,
    };
    match subject.attempt(Who { tenant: Some(other.tenant), role: None }, attempt).await?.1 {
        Came::Through(..) => {
            Ok(Outcome::held(sql, format!("refused, and not for the tenant itself: {}", refused.words())))
        }
        _ => Ok(Outcome::not_tried(format!("the server refused the statement: {}", refused.words()))),
    }
}
