//! What became of a statement that was in flight, read from the catalog.

use freehold_db::{DbError, Session};
use freehold_sql::{Effect, ObjectKind, StatementKind, Use};
use serde_json::Value;

use super::super::Run;
use super::{noted, tell_dropped};
use crate::event::StepName;

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It took effect.
    TookEffect,
    /// It did not, or it does no harm to run it again.
    DidNot,
    /// The catalog cannot tell.
    Unknown,
}

impl Outcome {
    fn of(took_effect: bool) -> Self {
        if took_effect { Self::TookEffect } else { Self::DidNot }
    }
}

/// Finds out, and drops the invalid indexes that the statement has left.
pub(super) async fn find(
    run: &Run<'_>,
    step: &StepName,
    effect: &Effect,
    noted: &Value,
) -> Result<Outcome, DbError> {
    let session = run.line.session();
    if let Some(id) = noted::ended_later(effect) {
        let was = noted.get("prepared").and_then(Value::as_bool).unwrap_or(false);
        return Ok(Outcome::of(was && !noted::is_prepared(session, id).await?));
    }
    match effect.kind {
        StatementKind::CreateIndex { concurrently: true, .. } => built(run, step, effect, noted).await,
        StatementKind::Reindex { concurrently: true } => {
            for index in left_by_reindex(session, noted).await? {
                drop_index(run, step, &index).await?;
            }
            Ok(Outcome::DidNot)
        }
        StatementKind::Drop { object: ObjectKind::Index, .. } => dropped(session, noted).await,
        StatementKind::AlterTable => detached(run, noted).await,
        StatementKind::Create(object) => changed(session, effect, Use::Creates, object, noted).await,
        StatementKind::Drop { object, .. } => changed(session, effect, Use::Drops, object, noted).await,
        // These give the same however often they are run.
        StatementKind::Vacuum { .. }
        | StatementKind::Analyze
        | StatementKind::Cluster
        | StatementKind::Reindex { .. }
        | StatementKind::RefreshMaterializedView { .. }
        | StatementKind::AlterSystem
        | StatementKind::Alter(ObjectKind::Database)
        | StatementKind::Discard
        | StatementKind::Checkpoint
        | StatementKind::Set
        | StatementKind::Reset
        | StatementKind::Show => Ok(Outcome::DidNot),
        _ => Ok(Outcome::Unknown),
    }
}

/// What it came to when the server refused the statement. Only a refused concurrent build or detachment can have gone
/// part of the way, or have been finished by somebody since.
pub(super) fn after_refusal(effect: &Effect, found: Outcome) -> Outcome {
    let telling = match effect.kind {
        // An index without a name could be anybody's.
        StatementKind::CreateIndex { .. } => index_name(effect).is_some(),
        StatementKind::AlterTable => true,
        _ => false,
    };
    if telling && found == Outcome::TookEffect { found } else { Outcome::DidNot }
}

/// Whether an object outside any schema came or went.
async fn changed(
    session: &Session,
    effect: &Effect,
    use_: Use,
    object: ObjectKind,
    noted: &Value,
) -> Result<Outcome, DbError> {
    let existed = noted.get("existed").and_then(Value::as_bool);
    let exists = noted::exists(session, effect, use_, object).await?;
    Ok(match (existed, exists) {
        (Some(existed), Some(exists)) => Outcome::of(existed != exists),
        _ => Outcome::Unknown,
    })
}

/// An index that was not there does no harm: the statement says so again.
async fn dropped(session: &Session, noted: &Value) -> Result<Outcome, DbError> {
    let dropped = numbers(noted, "dropped");
    let sql = "SELECT FROM pg_catalog.pg_class WHERE oid::int8 = ANY ($1)";
    let left = session.query(sql, &[&dropped]).await?;
    Ok(Outcome::of(!dropped.is_empty() && left.is_empty()))
}

/// The indexes of the table that were not there before: valid ones, and the invalid ones that nobody builds just now.
const NEW_INDEXES: &str = "\
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), c.relname::text, i.indisvalid
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indrelid::int8 = $1 AND NOT i.indexrelid::int8 = ANY ($2)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
                    WHERE p.datname = current_database() AND p.index_relid = i.indexrelid)";

async fn built(run: &Run<'_>, step: &StepName, effect: &Effect, noted: &Value) -> Result<Outcome, DbError> {
    let Some(table) = noted.get("table").and_then(Value::as_i64) else { return Ok(Outcome::DidNot) };
    let before = numbers(noted, "indexes");
    let name = index_name(effect);
    let wrong = |error| DbError::from_postgres("reading the indexes of the table", error);
    let mut outcome = Outcome::DidNot;
    for row in run.line.session().query(NEW_INDEXES, &[&table, &before]).await? {
        let (shown, own): (String, String) = (row.try_get(0).map_err(wrong)?, row.try_get(1).map_err(wrong)?);
        if name.is_some_and(|name| name != own) {
            continue;
        }
        if row.try_get(2).map_err(wrong)? {
            outcome = Outcome::TookEffect;
        } else {
            drop_index(run, step, &shown).await?;
        }
    }
    Ok(outcome)
}

/// The name of the index that is made; `None` where the server gives it one.
fn index_name(effect: &Effect) -> Option<&str> {
    let index = effect.objects_used(Use::Creates).find(|object| object.kind == ObjectKind::Index);
    index.map(|object| object.name.as_str()).filter(|name| !name.is_empty())
}

/// The names that REINDEX CONCURRENTLY gives to what it builds and to what it replaces (PostgreSQL manual, REINDEX).
const LEFT_BY_REINDEX: &str = "\
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT i.indisvalid AND NOT i.indexrelid::int8 = ANY ($1) AND c.relname ~ '_cc(new|old)[0-9]*$'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
                    WHERE p.datname = current_database() AND p.relid = i.indrelid)";

async fn left_by_reindex(session: &Session, noted: &Value) -> Result<Vec<String>, DbError> {
    let rows = session.query(LEFT_BY_REINDEX, &[&numbers(noted, "invalid")]).await?;
    let wrong = |error| DbError::from_postgres("reading what REINDEX has left", error);
    rows.iter().map(|row| row.try_get(0).map_err(wrong)).collect()
}

/// What finishes the detachment of a partition that is between the two transactions of `DETACH … CONCURRENTLY`.
const PENDING: &str = "\
SELECT CASE WHEN inhdetachpending
            THEN pg_catalog.format('ALTER TABLE %s DETACH PARTITION %s FINALIZE',
                                   inhparent::pg_catalog.regclass, inhrelid::pg_catalog.regclass) END
  FROM pg_catalog.pg_inherits WHERE inhparent::int8 = $1 AND inhrelid::int8 = $2";

async fn detached(run: &Run<'_>, noted: &Value) -> Result<Outcome, DbError> {
    let number = |key: &str| noted.get(key).and_then(Value::as_i64);
    let attached = noted.get("attached").and_then(Value::as_bool).unwrap_or(false);
    let (Some(parent), Some(partition), true) = (number("parent"), number("partition"), attached) else {
        return Ok(if noted.get("attached").is_some() { Outcome::DidNot } else { Outcome::Unknown });
    };
    let rows = run.line.session().query(PENDING, &[&parent, &partition]).await?;
    let Some(row) = rows.first() else { return Ok(Outcome::TookEffect) };
    let wrong = |error| DbError::from_postgres("reading whether the partition is attached", error);
    let Some(finalize) = row.try_get::<_, Option<String>>(0).map_err(wrong)? else {
        return Ok(Outcome::DidNot);
    };
    patiently(run, &finalize).await?;
    Ok(Outcome::TookEffect)
}

async fn drop_index(run: &Run<'_>, step: &StepName, index: &str) -> Result<(), DbError> {
    patiently(run, &format!("DROP INDEX CONCURRENTLY IF EXISTS {index}")).await?;
    tell_dropped(run, step, index);
    Ok(())
}

/// Waiting for others to end their transactions is what these statements do; they must not give up early.
async fn patiently(run: &Run<'_>, sql: &str) -> Result<(), DbError> {
    let session = run.line.session();
    session.run("SET lock_timeout = 0; SET statement_timeout = 0").await?;
    session.run(sql).await?;
    run.line.restore_timeouts(run.options).await
}

fn numbers(noted: &Value, key: &str) -> Vec<i64> {
    let list = noted.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_i64).collect()
}
