//! `TABLESAMPLE` of everything: a sample is read past indexes, and must not be read past policies.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-sample",
    family: Family::Read,
    title: "TABLESAMPLE",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let (columns, table) = (subject.list(), subject.table());
    let forms = ["SYSTEM", "BERNOULLI"].map(|method| {
        Form::new(method, format!("SELECT {columns} FROM {table} TABLESAMPLE {method} (100)"), By::Rows)
    });
    subject.try_forms(&[], forms.into()).await
}
