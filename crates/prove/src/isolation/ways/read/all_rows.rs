//! `SELECT` of all rows in A's context: none may be another tenant's.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-all",
    family: Family::Read,
    title: "SELECT of all rows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let sql = format!("SELECT {} FROM {}", subject.list(), subject.table());
    subject.try_forms(&[], vec![Form::new("SELECT", sql, By::Rows)]).await
}
