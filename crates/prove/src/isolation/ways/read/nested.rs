//! The table inside of a larger query: policies must follow it there.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-nested",
    family: Family::Read,
    title: "a join, a common table expression, a sub-select",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let (columns, table) = (subject.list(), subject.table());
    let inner = format!("SELECT {columns} FROM {table}");
    let (of_q, of_r) = (subject.list_of("q"), subject.list_of("r"));
    let forms = vec![
        Form::new(
            "a common table expression",
            format!("WITH q AS MATERIALIZED ({inner}) SELECT {of_q} FROM q"),
            By::Rows,
        ),
        Form::new(
            "LATERAL",
            format!("SELECT {of_q} FROM (VALUES (1)) AS v (n) CROSS JOIN LATERAL ({inner} OFFSET 0) AS q"),
            By::Rows,
        ),
        Form::new(
            "an outer join",
            format!("SELECT {of_r} FROM {table} AS r LEFT JOIN (VALUES (1)) AS v (n) ON v.n = 1"),
            By::Rows,
        ),
        Form::new("a scalar sub-select", format!("SELECT (SELECT count(*) FROM ({inner}) AS q)"), By::Count),
        Form::new("ONLY", format!("SELECT {columns} FROM ONLY {table}"), By::Rows),
    ];
    subject.try_forms(&[], forms).await
}
