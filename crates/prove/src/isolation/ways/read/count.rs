//! `count(*)`: no more than A's own rows may be counted, whatever plan counts them.

use freehold_model::name::quote_identifier;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-count",
    family: Family::Read,
    title: "count(*)",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let table = subject.table();
    let all = format!("SELECT count(*) FROM {table}");
    let mut forms = vec![Form::new("count(*)", &all, By::Count)];
    let no_scan = "SET LOCAL enable_seqscan = off".to_owned();
    forms.push(Form { name: "count(*) along an index".to_owned(), sql: vec![no_scan, all], by: By::Count });
    if let Some(column) = subject.columns.first() {
        let column = quote_identifier(column);
        let sql =
            format!("SELECT sum(n) FROM (SELECT count(*) AS n FROM {table} GROUP BY {column}) AS groups");
        forms.push(Form::new("count(*) of groups", sql, By::Count));
    }
    subject.try_forms(&[], forms).await
}
