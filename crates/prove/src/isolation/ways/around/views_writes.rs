//! Writing through a view: what changes must be the same as where A is alone, and no row may become another tenant's.

use freehold_model::{
    catalog::{Relation, RelationKind},
    name::{quote_identifier, quote_literal},
};

use crate::isolation::{
    batch::Attempt,
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::around::views::{advice, bases, shown},
    world::{Privileges, World},
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-view-write",
    family: Family::Around,
    title: "writing through a view",
    run: |world, target| Box::pin(run(world, target)),
};

/// What a form is judged by.
#[derive(Clone, Copy)]
enum By {
    /// More rows are changed than where A is alone.
    More,
    /// Anything that goes through gives another tenant a row.
    Any,
}

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(view) = shown(world, target).filter(|view| view.kind == RelationKind::View) else {
        return Ok(Vec::new());
    };
    let may = world.may(view.oid);
    let base = base(world, view).await?;
    let forms = forms(world, view, base, &may);
    if forms.is_empty() {
        return Ok(Vec::new());
    }
    let mut prepare = Vec::new();
    // Triggers on a view do the writing: they must run.
    if view.triggers.is_empty() {
        prepare.push("SET LOCAL session_replication_role = replica".to_owned());
        // The row that A will try to write for B must not be there already.
        let row = base.and_then(|base| Some((base, world.truth(base.oid)?.of(1).next()?)));
        prepare.extend(
            row.map(|(base, row)| format!("DELETE FROM {} WHERE {}", base.name.quoted(), row.found_by)),
        );
    }
    let attempts: Vec<Vec<String>> = forms.iter().map(|(_, sql)| vec![sql.clone()]).collect();
    let seen = world.batch(Who::A).prepare_all(&prepare).attempts(&attempts).go().await?;
    let alone = world.batch(Who::A).prepare_all(&prepare).attempts(&attempts).where_a_is_alone().go().await?;
    if let Some(stopped) = &seen.stopped {
        return Ok(vec![Outcome::not_tried(format!("it could not be prepared: {}", stopped.words()))]);
    }
    let mut held = None;
    let mut untried = None;
    for (((by, _), attempt), before) in forms.iter().zip(&seen.attempts).zip(&alone.attempts) {
        if let Some(outcome) = leak(view, *by, attempt, before) {
            return Ok(vec![outcome]);
        }
        match attempt.last() {
            Ok(answer) => held = Some(format!("{} rows changed, as where A is alone", answer.affected)),
            Err(refused) if refused.is_by_privilege() || is_check_option(refused) => {
                held.get_or_insert(format!("refused: {}", refused.words()));
            }
            // A view that cannot be written to at all is no way of writing.
            Err(refused) if refused.sqlstate.is_some_and(|state| state.code() == "55000") => {}
            Err(refused) => untried = Some(refused.words()),
        }
    }
    Ok(match (held, untried) {
        (Some(held), _) => vec![Outcome::held(&seen.sql, held)],
        (None, Some(untried)) => vec![Outcome::not_tried(format!("the server refused it: {untried}"))],
        (None, None) => Vec::new(),
    })
}

/// `with_check_option_violation`
fn is_check_option(refused: &crate::isolation::Refused) -> bool {
    refused.sqlstate.is_some_and(|state| state.code() == "44000")
}

fn leak(view: &Relation, by: By, attempt: &Attempt, before: &Attempt) -> Option<Outcome> {
    let answer = attempt.last().ok()?;
    let less = before.last().map(|answer| answer.affected).unwrap_or(0);
    let leaks = match by {
        By::More => answer.affected > less,
        By::Any => answer.affected > 0,
    };
    let means = match by {
        By::More => format!("Through {} A changes {} rows, where it has {less}", view.name, answer.affected),
        By::Any => format!("Through {} A makes {} rows another tenant's", view.name, answer.affected),
    };
    let returned = vec![format!("{} rows", answer.affected)];
    let advice = format!("{}; WITH CHECK OPTION keeps rows from being moved out of it", advice(view));
    leaks.then(|| Outcome::leaked(&attempt.sql, returned, means, advice))
}

/// The table that the view shows the columns of, when it is one.
async fn base<'w>(world: &'w World<'_>, view: &Relation) -> Result<Option<&'w Relation>, IsolationError> {
    let bases = bases(world, view.oid).await?;
    Ok(bases.into_iter().find(|base| {
        world.tenancy.column_of(base.oid).is_some_and(|tenant| view.column(tenant).is_some())
            && view.columns.iter().filter(|column| base.column(&column.name).is_some()).count() * 2
                > view.columns.len()
    }))
}

fn forms(world: &World<'_>, view: &Relation, base: Option<&Relation>, may: &Privileges) -> Vec<(By, String)> {
    let name = view.name.quoted();
    let mut forms = Vec::new();
    let both = view
        .columns
        .iter()
        .find(|column| may.update.contains(&column.name) && may.select.contains(&column.name));
    if let Some(column) = both {
        let column = quote_identifier(&column.name);
        forms.push((By::More, format!("UPDATE {name} SET {column} = {column}")));
    }
    if may.delete {
        forms.push((By::More, format!("DELETE FROM {name}")));
    }
    let (Some(base), Some(b)) = (base, world.tenants.get(1)) else { return forms };
    let Some(tenant) = world.tenancy.column_of(base.oid) else { return forms };
    if may.update.iter().any(|column| column == tenant) {
        let set = format!("{} = {}", quote_identifier(tenant), quote_literal(b));
        // One row, so that no unique constraint comes between.
        let one = world.truth(base.oid).and_then(|truth| truth.of(0).next()).map(|row| row.found_by.clone());
        if let Some(one) = one {
            forms.push((By::Any, format!("UPDATE {name} SET {set} WHERE {one}")));
        }
    }
    forms.extend(insert(world, view, base, may, tenant).map(|sql| (By::Any, sql)));
    forms
}

/// A row of B's that was taken away, written again by A.
fn insert(
    world: &World<'_>,
    view: &Relation,
    base: &Relation,
    may: &Privileges,
    tenant: &str,
) -> Option<String> {
    let truth = world.truth(base.oid)?;
    let row = truth.of(1).next()?;
    if !may.insert.iter().any(|column| column == tenant) {
        return None;
    }
    let mut columns = Vec::new();
    let mut values = Vec::new();
    for column in &base.columns {
        let given = column.generated.is_none() && column.identity.is_none();
        if !given || !may.insert.contains(&column.name) || view.column(&column.name).is_none() {
            continue;
        }
        columns.push(quote_identifier(&column.name));
        values.push(truth.value(row, &column.name).map_or_else(|| "NULL".to_owned(), quote_literal));
    }
    Some(format!(
        "INSERT INTO {} ({}) VALUES ({})",
        view.name.quoted(),
        columns.join(", "),
        values.join(", ")
    ))
}
