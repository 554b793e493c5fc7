//! `SELECT` of what each index holds, with other plans switched off.

use freehold_model::{catalog::Index, name::quote_identifier};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::{
        judge::list,
        read::subject::{By, Form, Subject, subject},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-index",
    family: Family::Read,
    title: "SELECT along each index",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let forms: Vec<Form> = subject
        .relation
        .indexes
        .iter()
        .filter(|index| index.valid)
        .filter_map(|index| form(&subject, index))
        .collect();
    subject.try_forms(&["SET LOCAL enable_seqscan = off", "SET LOCAL enable_bitmapscan = off"], forms).await
}

/// Asks for the columns of an index alone, so that it is enough to answer, in its order.
fn form(subject: &Subject<'_>, index: &Index) -> Option<Form> {
    let keys: Vec<&str> = index.columns.iter().filter_map(|column| column.column()).collect();
    let included = index.included.iter().map(String::as_str);
    let mut columns: Vec<String> = Vec::new();
    for name in keys.iter().copied().chain(included) {
        if subject.columns.iter().any(|own| own == name) && !columns.iter().any(|own| own == name) {
            columns.push(name.to_owned());
        }
    }
    if columns.is_empty() {
        columns = subject.columns.first().cloned().into_iter().collect();
    }
    if columns.is_empty() {
        return None;
    }
    let condition =
        index.predicate.as_ref().map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default();
    let is_granted = keys.iter().all(|name| subject.columns.iter().any(|own| own == name));
    let is_ordered = is_granted && index.method == "btree" && keys.len() == index.columns.len();
    let order = keys.iter().map(|name| quote_identifier(name)).collect::<Vec<_>>().join(", ");
    let order = if is_ordered { format!(" ORDER BY {order}") } else { String::new() };
    let sql = format!("SELECT {} FROM {}{condition}{order}", list(&columns), subject.table());
    Some(Form::new(index.name.clone(), sql, By::RowsOf(columns)))
}
