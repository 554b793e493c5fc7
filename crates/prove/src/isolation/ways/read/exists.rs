//! `EXISTS` as an oracle: whether a row of B is there must stay unknown.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-exists",
    family: Family::Read,
    title: "EXISTS of another tenant's row",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let table = subject.table();
    let mut forms = Vec::new();
    for row in subject.others() {
        let sql = format!("SELECT EXISTS (SELECT FROM {table} WHERE {})", row.found_by);
        forms.push(Form::new("EXISTS", sql, By::Truth));
        let sql = format!("SELECT coalesce(bool_or({}), false) FROM {table}", row.found_by);
        forms.push(Form::new("an aggregate of conditions", sql, By::Truth));
    }
    subject.try_forms(&[], forms).await
}
