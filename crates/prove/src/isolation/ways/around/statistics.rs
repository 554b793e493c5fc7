//! The planner's statistics hold values of rows: none of another tenant's may be read there.

use std::collections::BTreeSet;

use freehold_model::name::quote_literal;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Trial, Who},
    way::{Family, Way},
    ways::judge::{SHOWN, no_rows_of_others},
    world::{Truth, World},
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-statistics",
    family: Family::Around,
    title: "values in the planner's statistics",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    if let Some(outcomes) = no_rows_of_others(world, relation) {
        return Ok(outcomes);
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let shown = format!(
        "SELECT s.attname, v.value FROM pg_catalog.pg_stats s CROSS JOIN LATERAL pg_catalog.unnest(\
         s.most_common_vals::text::text[] || s.histogram_bounds::text::text[]) AS v(value) \
         WHERE s.schemaname = {} AND s.tablename = {}",
        quote_literal(&relation.name.schema),
        quote_literal(&relation.name.name)
    );
    let kept = format!(
        "SELECT a.attname, v.value FROM pg_catalog.pg_statistic s \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = s.starelid AND a.attnum = s.staattnum \
         CROSS JOIN LATERAL pg_catalog.unnest(s.stavalues1::text::text[] || s.stavalues2::text::text[]) AS v(value) \
         WHERE s.starelid = {}",
        relation.oid
    );
    let seen = Trial::all([shown, kept].map(|sql| world.trial(Who::A).run(sql))).await?;
    for seen in &seen {
        let Ok(answer) = seen.last() else { continue };
        let told = told(truth, answer);
        if told.rows.is_empty() {
            continue;
        }
        let means = format!(
            "{} values of other tenants' rows in {} stand in statistics that the application may read",
            told.rows.len(),
            relation.name
        );
        let advice = format!(
            "Enable row level security on {}: the server hides the statistics from whom it binds. Take pg_read_all_data and \
             grants on pg_statistic away from the application",
            relation.name
        );
        return Ok(vec![Outcome::leaked(&seen.sql, told.lines(SHOWN), means, advice)]);
    }
    if let Some(stopped) = seen.iter().find_map(|seen| seen.stopped.as_ref()) {
        return Ok(vec![Outcome::not_tried(format!(
            "the context could not be taken on: {}",
            stopped.words()
        ))]);
    }
    if let Some(refused) =
        seen.iter().filter_map(|seen| seen.refused()).find(|refused| !refused.is_by_privilege())
    {
        return Ok(vec![Outcome::not_tried(format!(
            "the server refused the statement: {}",
            refused.words()
        ))]);
    }
    let sql: Vec<String> = seen.into_iter().map(|seen| seen.sql).collect();
    Ok(vec![Outcome::held(sql.join("\n"), "no value of another tenant's rows")])
}

/// The lines of an answer that hold a value which only rows of others have in that column.
fn told(truth: &Truth, answer: &Answer) -> Answer {
    let mut foreign = BTreeSet::new();
    for row in truth.foreign_to(0) {
        foreign.extend(truth.columns.iter().zip(&row.values));
    }
    for row in truth.rows.iter().filter(|row| row.key.is_none() || row.tenant == Some(0)) {
        for own in truth.columns.iter().zip(&row.values) {
            foreign.remove(&own);
        }
    }
    let told = answer.rows.iter().filter(|row| match row.as_slice() {
        [Some(column), Some(value)] => foreign.contains(&(column, &Some(value.clone()))),
        _ => false,
    });
    Answer { columns: answer.columns.clone(), rows: told.cloned().collect(), affected: 0 }
}
