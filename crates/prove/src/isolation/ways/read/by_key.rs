//! `SELECT` by the key of a row of B, and by B's own key.

use freehold_model::name::{quote_identifier, quote_literal};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-by-key",
    family: Family::Read,
    title: "SELECT by the key of another tenant's row",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let (columns, table) = (subject.list(), subject.table());
    let mut forms: Vec<Form> = subject
        .truth
        .of(1)
        .map(|row| {
            Form::new(
                "the key of a row",
                format!("SELECT {columns} FROM {table} WHERE {}", row.found_by),
                By::Rows,
            )
        })
        .collect();
    if let Some(column) = world.tenancy.column_of(subject.relation.oid) {
        let keys: Vec<String> = world.tenants.iter().skip(1).map(|key| quote_literal(key)).collect();
        let column = quote_identifier(column);
        for key in &keys {
            let sql = format!("SELECT {columns} FROM {table} WHERE {column} = {key}");
            forms.push(Form::new("the key of the tenant", sql, By::Rows));
        }
        let sql = format!(
            "SELECT {columns} FROM {table} WHERE {column} IN ({}) OR {column} IS NULL",
            keys.join(", ")
        );
        forms.push(Form::new("a list of keys", sql, By::Rows));
    }
    subject.try_forms(&[], forms).await
}
