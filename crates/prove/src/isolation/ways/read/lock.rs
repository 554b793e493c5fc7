//! `SELECT` that locks rows: what A can lock it can also keep from others.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-lock",
    family: Family::Read,
    title: "SELECT with a row lock",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let (columns, table) = (subject.list(), subject.table());
    let forms = ["UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"].map(|lock| {
        Form::new(format!("FOR {lock}"), format!("SELECT {columns} FROM {table} FOR {lock}"), By::Rows)
    });
    subject.try_forms(&[], forms.into()).await
}
