//! `MERGE` in A's context: its arms that change, delete and insert may not reach another tenant's rows.

use freehold_model::{catalog::RelationKind, version::PgVersion};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::writing::{Addition, Deed, Subject, worst},
    world::World,
};

use super::update_of_others::harmless;

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-merge",
    family: Family::Write,
    title: "MERGE that changes, deletes or inserts",
    run: |world, target| Box::pin(run(world, target)),
};

/// Views can be merged into since 17.
const VIEWS_SINCE: u32 = 17;

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let version: PgVersion = world.session.version();
    let subject = match Subject::of(world, target).await? {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let is_view = subject.relation.kind == RelationKind::View;
    if version.major() < 15
        || !subject.relation.rules.is_empty()
        || (is_view && version.major() < VIEWS_SINCE)
    {
        return Ok(Vec::new());
    }
    let Some(other) = subject.other() else { return Ok(Vec::new()) };
    let merge = |on: &str, then: &str| {
        format!("MERGE INTO {} USING (SELECT) AS nothing ON {on} {then}", subject.name)
    };
    let mut arms = vec!["WHEN MATCHED THEN DELETE".to_owned()];
    arms.extend(harmless(&subject, other).map(|set| format!("WHEN MATCHED THEN UPDATE SET {set}")));
    let mut outcomes = Vec::new();
    for then in arms {
        let narrow = merge(&other.found_by, &then);
        let deed = Deed {
            blind: merge("true", &then),
            control: (Who { tenant: Some(other.tenant), role: None }, narrow.clone()),
            narrow,
            done: "merged over",
        };
        outcomes.push(subject.reach_others(&deed).await?);
    }
    if !subject.is_root() {
        let statement = |changed: &Vec<(usize, Option<String>)>| {
            let (names, values, overriding) = subject.new_row(other, changed);
            let then = format!("WHEN NOT MATCHED THEN INSERT ({names}){overriding} VALUES ({values})");
            merge("false", &then)
        };
        let statements = subject.disguised().iter().map(statement).collect();
        let addition = Addition { statements, done: "merged in" };
        outcomes.push(subject.add_for_other(other, &addition).await?);
    }
    Ok(worst(outcomes).into_iter().collect())
}
