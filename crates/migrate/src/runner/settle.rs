//! Statements that no transaction can undo: what is noted before one is sent, and how its outcome is found out after a
//! run died in the middle of it.

mod noted;
mod outcome;

use freehold_model::name::quote_identifier;
use freehold_sql::{Effect, ObjectKind, ObjectUse, StatementKind, TransactionControl, Use};
use serde_json::Value;

use super::Run;
use super::apart::{Apart, tell_resumed};
use super::error::RunError;
use super::failure::{At, Stop};
use super::recover::label;
use crate::command::Uncertain;
use crate::event::{StepName, What};
use crate::history::write::Change;
use crate::plan::Unfinished;
use crate::prepared::ReadyScript;
use outcome::Outcome;

/// What has to be known later to find out what became of a statement.
pub(super) async fn note(run: &Run<'_>, effect: &Effect) -> Result<Value, Stop> {
    noted::about(run.line.session(), effect).await.map_err(|error| Stop::of(At::History, error, 0))
}

/// Where to go on in a script that stopped in the middle: the index of the first statement to run.
pub(super) async fn resume(
    run: &Run<'_>,
    script: &ReadyScript,
    step: &StepName,
    unfinished: &Unfinished,
) -> Result<usize, Stop> {
    let of = script.statements().len();
    let done = unfinished.done.min(of);
    let was = earlier(script, step, unfinished, done)?;
    let (first, because) = match (&unfinished.progress, was.as_ref().unwrap_or(script).statements().get(done))
    {
        (Some(noted), Some(statement)) => {
            let found = outcome::find(run, step, &statement.effect, noted).await;
            let found = found.map_err(|error| Stop::of(At::Statement(done), error, done))?;
            let found =
                if unfinished.failed { outcome::after_refusal(&statement.effect, found) } else { found };
            let took_effect = matches!(
                (found, run.options.uncertain),
                (Outcome::TookEffect, _) | (Outcome::Unknown, Some(Uncertain::TookEffect))
            );
            if took_effect && was.as_ref().is_some_and(|was| was.sql(done) != script.sql(done)) {
                return Err(edited_part(script, step).into());
            }
            match (found, run.options.uncertain) {
                (Outcome::TookEffect, _) => (done + 1, "the statement that was in flight took effect"),
                (Outcome::DidNot, _) => (done, "the statement that was in flight did not take effect"),
                (Outcome::Unknown, Some(Uncertain::TookEffect)) => {
                    (done + 1, "somebody looked: it took effect")
                }
                (Outcome::Unknown, Some(Uncertain::DidNot)) => {
                    (done, "somebody looked: it did not take effect")
                }
                (Outcome::Unknown, None) => {
                    return Err(RunError::Uncertain {
                        label: label(step),
                        headline: script.headline(done),
                        place: Box::new(script.place(done)),
                    }
                    .into());
                }
            }
        }
        _ => match prepared(run, was.as_ref().unwrap_or(script), done).await? {
            Some(end) => (end + 1, "the transaction that it prepares is there"),
            None => (done, "each statement was recorded together with its effect"),
        },
    };
    tell_resumed(run, step, first, of, because);
    Ok(first)
}

/// The end of the block that begins at `first`, where it ends by preparing a transaction and that one is there: its
/// number cannot be a part of it.
async fn prepared(run: &Run<'_>, script: &ReadyScript, first: usize) -> Result<Option<usize>, Stop> {
    let block = script.statements().iter().enumerate().skip(first);
    let end = block.filter_map(|(index, statement)| statement.effect.control.as_ref().map(|c| (index, c)));
    let mut end = end.filter(|(_, control)| control.ends_transaction());
    let Some((end, TransactionControl::PrepareTransaction(id))) = end.next() else { return Ok(None) };
    let found = noted::is_prepared(run.line.session(), id).await;
    let found = found.map_err(|error| Stop::of(At::Statement(first), error, first))?;
    Ok(found.then_some(end))
}

/// The script as it was when it was begun, where it was edited since. What took effect must be the same.
fn earlier(
    script: &ReadyScript,
    step: &StepName,
    unfinished: &Unfinished,
    done: usize,
) -> Result<Option<ReadyScript>, Stop> {
    let source = script.source();
    if unfinished.checksum == source.checksum {
        return Ok(None);
    }
    let edited = || edited_part(script, step);
    let was = unfinished.was.as_ref().ok_or_else(edited)?;
    let file = crate::script::SourceFile::new(source.file.path.clone(), was.clone());
    let was = crate::script::Script::whole(std::sync::Arc::new(file), source.transaction.clone());
    let was = ReadyScript::of(&was).map_err(|_| edited())?;
    let same = (0..done).all(|index| was.sql(index) == script.sql(index));
    if same { Ok(Some(was)) } else { Err(edited().into()) }
}

fn edited_part(script: &ReadyScript, step: &StepName) -> RunError {
    RunError::EditedPart { label: label(step), file: script.source().file.path.clone() }
}

/// Settings that statements before `first` have made are made again: the session that had them is gone.
pub(super) async fn set_again(run: &Run<'_>, script: &ReadyScript, first: usize) -> Result<(), Stop> {
    for (index, statement) in script.statements().iter().enumerate().take(first) {
        let lasting = statement.effect.session.iter().any(|change| !change.is_local());
        let only_sets = matches!(
            statement.effect.kind,
            StatementKind::Set | StatementKind::Reset | StatementKind::Select | StatementKind::Discard
        );
        if lasting && only_sets {
            let sent = run.line.session().run(script.sql(index)).await;
            sent.map_err(|error| Stop::of(At::Statement(index), error, first))?;
        }
    }
    Ok(())
}

/// After a concurrent build that the server calls done: `IF NOT EXISTS` passes over an index that is not valid.
pub(super) async fn is_whole(
    run: &Run<'_>,
    apart: &Apart<'_>,
    index: usize,
    effect: &Effect,
) -> Result<(), Stop> {
    if !matches!(effect.kind, StatementKind::CreateIndex { concurrently: true, .. })
        || !effect.may_exist_before
    {
        return Ok(());
    }
    let Some(name) = effect.objects_used(Use::Creates).find(|o| o.kind == ObjectKind::Index).map(regclass)
    else {
        return Ok(());
    };
    let sql =
        "SELECT FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass($1) AND NOT indisvalid";
    let rows = run.line.session().query(sql, &[&name]).await;
    let rows = rows.map_err(|error| Stop::of(At::Statement(index), error, apart.kept))?;
    if rows.is_empty() {
        return Ok(());
    }
    let error = RunError::InvalidIndex { index: name, place: Box::new(apart.script.place(index)) };
    let count = i32::try_from(apart.kept).unwrap_or(i32::MAX);
    apart.record(run, &Change::Failed(count, &error.to_string())).await?;
    Err(error.into())
}

/// Drops what a refused statement has left behind.
pub(super) async fn clean_up(
    run: &Run<'_>,
    script: &ReadyScript,
    step: &StepName,
    index: usize,
    noted: Option<&Value>,
) -> Result<(), RunError> {
    let (Some(noted), Some(statement)) = (noted, script.statements().get(index)) else { return Ok(()) };
    let builds = matches!(
        statement.effect.kind,
        StatementKind::CreateIndex { concurrently: true, .. } | StatementKind::Reindex { concurrently: true }
    );
    if !builds {
        return Ok(());
    }
    outcome::find(run, step, &statement.effect, noted).await.map(|_| ()).map_err(RunError::Connect)
}

pub(super) fn tell_dropped(run: &Run<'_>, step: &StepName, index: &str) {
    run.tell(What::IndexDropped { step: step.clone(), index: index.to_owned() });
}

/// The table of an index, as `to_regclass` reads it.
fn table_of(effect: &Effect) -> Option<String> {
    effect.objects_used(Use::Alters).find(|object| object.kind == ObjectKind::Table).map(regclass)
}

/// A name as `to_regclass` reads it.
fn regclass(object: &ObjectUse) -> String {
    qualified(object.schema.as_deref(), &object.name)
}

fn qualified(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(name)),
        None => quote_identifier(name),
    }
}
