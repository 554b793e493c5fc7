//! `RETURNING`: a write must not answer with rows that a read would not show.

use freehold_model::name::quote_identifier;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, Subject, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-returning",
    family: Family::Read,
    title: "RETURNING of UPDATE and DELETE",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let (columns, table) = (subject.list(), subject.table());
    let mut forms = Vec::new();
    if let Some(column) = changed(&subject) {
        let column = quote_identifier(column);
        let sql = format!("UPDATE {table} SET {column} = {column} RETURNING {columns}");
        forms.push(Form::new("UPDATE", sql, By::Rows));
    }
    let sql = format!("DELETE FROM {table} RETURNING {columns}");
    forms.push(Form::new("DELETE", sql, By::Rows));
    // Rows that are referred to could not be deleted otherwise; policies hold all the same.
    subject.try_forms(&["SET LOCAL session_replication_role = replica"], forms).await
}

/// A column that can be set to what it is: one that is granted, if any.
fn changed<'s>(subject: &'s Subject<'_>) -> Option<&'s str> {
    let mut candidates: Vec<&str> = subject
        .relation
        .columns
        .iter()
        .filter(|column| column.generated.is_none() && column.identity.is_none())
        .map(|column| column.name.as_str())
        .collect();
    let (update, select) = (&subject.may.update, &subject.may.select);
    candidates.sort_by_key(|name| {
        std::cmp::Reverse((update.iter().any(|own| own == name), select.iter().any(|own| own == name)))
    });
    candidates.first().copied()
}
