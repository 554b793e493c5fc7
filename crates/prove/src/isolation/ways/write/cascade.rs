//! `DELETE` of A's own rows that a foreign key carries on to rows of another tenant.
//!
//! That needs a row of another tenant that refers to A's; it is made as that tenant, and where that is refused there is
//! nothing for a cascade to reach.

use freehold_model::{
    catalog::{Constraint, Relation},
    name::{quote_identifier, quote_literal},
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    tenancy::Ownership,
    trial::{Seen, Who},
    way::{Family, Way},
    ways::writing::{Line, Subject, assignments},
    world::{TruthRow, World},
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-cascade",
    family: Family::Write,
    title: "DELETE of A's own rows that cascades to another tenant's",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let referring: Vec<(&Relation, &Constraint)> = world
        .tenancy
        .owned
        .keys()
        .filter_map(|oid| world.catalog.relation_by_oid(*oid))
        .flat_map(|other| other.foreign_keys().map(move |key| (other, key)))
        .filter(|(_, key)| key.referenced_oid == Some(relation.oid) && key.enforced && !key.has_parent)
        .filter(|(_, key)| {
            key.on_delete.as_deref().is_some_and(|action| !matches!(action, "NO ACTION" | "RESTRICT"))
        })
        .collect();
    if referring.is_empty() || world.tenancy.root == Some(relation.oid) {
        return Ok(Vec::new());
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let mut outcomes = Vec::new();
    for (child, key) in referring {
        let subject = match Subject::of_table(world, child) {
            Some(Ok(subject)) => subject,
            _ => continue,
        };
        let (Some(other), Some(parent)) = (subject.other(), truth.of(0).next()) else { continue };
        outcomes.extend(cascaded(&subject, key, relation, other, parent).await?);
    }
    Ok(outcomes)
}

async fn cascaded(
    subject: &Subject<'_>,
    key: &Constraint,
    relation: &Relation,
    other: &Line,
    parent: &TruthRow,
) -> Result<Option<Outcome>, IsolationError> {
    let world = subject.world;
    let Some(truth) = world.truth(relation.oid) else { return Ok(None) };
    let is_tenant = |name: &String| subject.place(name).is_some_and(|at| subject.tenant.contains(&at));
    let through = matches!(world.tenancy.owned.get(&subject.relation.oid), Some(Ownership::Through { .. }));
    let pairs = || key.columns.iter().zip(&key.referenced_columns).filter(|(own, _)| !is_tenant(own));
    // A key that decides whose row it is makes the row A's own.
    if pairs().next().is_none() || (through && key.columns.iter().any(is_tenant)) {
        return Ok(None);
    }
    let set = assignments(pairs().map(|(own, theirs)| (own.as_str(), truth.value(parent, theirs))));
    let refers = format!("UPDATE {} SET {set} WHERE {}", subject.name, other.found_by);
    let tenant = quote_literal(world.tenants.get(other.tenant).map_or("", String::as_str));
    let whose = world.tenant_of(subject.relation.oid, "r").unwrap_or_else(|| "NULL".to_owned());
    let joined: Vec<String> = pairs()
        .filter_map(|(own, theirs)| {
            Some(format!("r.{} = {}", quote_identifier(own), quote_literal(truth.value(parent, theirs)?)))
        })
        .collect();
    let look = format!(
        "SELECT count(*) FROM {} r WHERE {whose} = {tenant} AND {}",
        subject.name,
        joined.join(" AND ")
    );
    let before =
        world.trial(Who { tenant: Some(other.tenant), role: None }).run(refers.as_str()).look(look.as_str());
    let seen = before.go().await?;
    let count =
        |seen: &Seen| seen.looks.first().and_then(|answer| answer.value()?.parse::<u64>().ok()).unwrap_or(0);
    let standing = count(&seen);
    if standing == 0 {
        let why = match (seen.stopped.as_ref(), seen.refused()) {
            (Some(stopped), _) => return Ok(Some(Outcome::not_tried(stopped.words()))),
            (None, Some(refused)) => format!("refused: {}", refused.words()),
            (None, None) => "it did not come to refer to it".to_owned(),
        };
        let seen_as =
            format!("no row of another tenant can be made to refer to a row of A's by {}: {why}", key.name);
        return Ok(Some(Outcome::held(&seen.sql, seen_as)));
    }
    let mut trial = world.trial(Who::A);
    for sql in world.becoming(&Who { tenant: Some(other.tenant), role: None }) {
        trial = trial.prepare(sql);
    }
    trial = trial.prepare(refers).prepare("SET LOCAL SESSION AUTHORIZATION DEFAULT");
    let delete = format!("DELETE FROM {} WHERE {}", relation.name.quoted(), parent.found_by);
    let seen = trial.run(delete).run("SET CONSTRAINTS ALL IMMEDIATE").look(look).go().await?;
    if let Some(stopped) = &seen.stopped {
        return Ok(Some(Outcome::not_tried(stopped.words())));
    }
    if let Some(refused) = seen.refused() {
        return Ok(Some(if refused.is_by_privilege() || refused.is_by_data() {
            Outcome::held(&seen.sql, format!("refused: {}", refused.words()))
        } else {
            Outcome::not_tried(format!("the server refused the statement: {}", refused.words()))
        }));
    }
    let left = count(&seen);
    if left >= standing {
        return Ok(Some(Outcome::held(&seen.sql, "no row of another tenant went with A's")));
    }
    let (name, action) = (&subject.relation.name, key.on_delete.as_deref().unwrap_or_default());
    let means = format!(
        "A deleted a row of its own in {}, and {} rows of another tenant in {name} went or changed with it (ON DELETE {action})",
        relation.name,
        standing - left
    );
    let advice = format!("Put the tenant into {}, so that no row can refer to another tenant's", key.name);
    let returned = vec![format!("rows of {name} that refer to it: {standing} before, {left} after")];
    Ok(Some(Outcome::leaked(&seen.sql, returned, means, advice).by(&key.name)))
}
