//! System columns and the row as a whole, which no list of columns names.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-system-columns",
    family: Family::Read,
    title: "system columns and whole rows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let table = subject.table();
    let mut forms = vec![
        Form::new(
            "system columns",
            format!("SELECT tableoid::regclass, ctid, xmin FROM {table}"),
            By::NumberOfRows,
        ),
        Form::new("a constant", format!("SELECT 1 FROM {table}"), By::NumberOfRows),
    ];
    forms.push(Form::new("the whole row", format!("SELECT r FROM {table} AS r"), By::NumberOfRows));
    forms.push(Form::new(
        "the row as json",
        format!("SELECT to_jsonb(r) FROM {table} AS r"),
        By::NumberOfRows,
    ));
    subject.try_forms(&[], forms).await
}
