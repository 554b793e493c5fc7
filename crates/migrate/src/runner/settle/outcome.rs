//! What became of a statement that was in flight, read from the catalog.

use freehold_db::{DbError, Session};
use freehold_sql::{Action, Effect, ObjectKind, StatementKind, Use};
use serde_json::Value;

use super::super::Run;
use super::{regclass, tell_dropped};
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
    match effect.kind {
        StatementKind::CreateIndex { concurrently: true, .. } => built(run, step, effect, noted).await,
        StatementKind::Reindex { concurrently: true } => {
            for index in left_by_reindex(session, noted).await? {
                drop_index(run, step, &index).await?;
            }
            Ok(Outcome::DidNot)
        }
        StatementKind::Drop { object: ObjectKind::Index, .. } => {
            let gone = "SELECT pg_catalog.to_regclass($1) IS NULL";
            Ok(Outcome::of(all(session, effect, Use::Drops, gone).await?))
        }
        StatementKind::AlterTable => detached(session, effect).await,
        StatementKind::Create(object) => match existence(object) {
            Some(sql) => Ok(Outcome::of(named(session, effect, Use::Creates, sql).await?)),
            None => Ok(Outcome::Unknown),
        },
        StatementKind::Drop { object, .. } => match existence(object) {
            Some(sql) => Ok(Outcome::of(!named(session, effect, Use::Drops, sql).await?)),
            None => Ok(Outcome::Unknown),
        },
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

/// Whether an object outside any schema exists, by its name.
fn existence(object: ObjectKind) -> Option<&'static str> {
    Some(match object {
        ObjectKind::Database => "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)",
        ObjectKind::Tablespace => "SELECT EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname = $1)",
        ObjectKind::Subscription => {
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_subscription WHERE subname = $1)"
        }
        _ => return None,
    })
}

async fn named(session: &Session, effect: &Effect, use_: Use, sql: &str) -> Result<bool, DbError> {
    for object in effect.objects_used(use_) {
        if !holds(session, sql, &object.name).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn all(session: &Session, effect: &Effect, use_: Use, sql: &str) -> Result<bool, DbError> {
    for object in effect.objects_used(use_) {
        if !holds(session, sql, &regclass(object)).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn holds(session: &Session, sql: &str, name: &str) -> Result<bool, DbError> {
    let rows = session.query(sql, &[&name]).await?;
    Ok(rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or(false))
}

/// The indexes of the table that were not there before: valid ones, and the invalid ones that nobody builds just now.
const NEW_INDEXES: &str = "\
SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), c.relname::text, i.indisvalid
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indrelid = pg_catalog.to_regclass($1) AND NOT i.indexrelid::int8 = ANY ($2)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
                    WHERE p.datname = current_database() AND p.index_relid = i.indexrelid)";

async fn built(run: &Run<'_>, step: &StepName, effect: &Effect, noted: &Value) -> Result<Outcome, DbError> {
    let Some(table) = noted.get("table").and_then(Value::as_str) else { return Ok(Outcome::Unknown) };
    let before = numbers(noted, "indexes");
    let name = effect
        .objects_used(Use::Creates)
        .find(|object| object.kind == ObjectKind::Index)
        .map(|object| object.name.clone())
        .filter(|name| !name.is_empty());
    let wrong = |error| DbError::from_postgres("reading the indexes of the table", error);
    let mut outcome = Outcome::DidNot;
    for row in run.line.session().query(NEW_INDEXES, &[&table, &before]).await? {
        let (shown, own): (String, String) = (row.try_get(0).map_err(wrong)?, row.try_get(1).map_err(wrong)?);
        if name.as_ref().is_some_and(|name| *name != own) {
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

/// `DETACH PARTITION … CONCURRENTLY` works in two transactions; a partition between them is finished.
async fn detached(session: &Session, effect: &Effect) -> Result<Outcome, DbError> {
    let Some(table) = effect.objects_used(Use::Alters).next().map(regclass) else {
        return Ok(Outcome::Unknown);
    };
    for action in &effect.actions {
        let Action::DetachPartition { schema, partition, concurrently: true, .. } = action else { continue };
        let quote = freehold_model::name::quote_identifier;
        let partition = match schema {
            Some(schema) => format!("{}.{}", quote(schema), quote(partition)),
            None => quote(partition),
        };
        let sql = "SELECT inhdetachpending FROM pg_catalog.pg_inherits \
                   WHERE inhparent = pg_catalog.to_regclass($1) AND inhrelid = pg_catalog.to_regclass($2)";
        let rows = session.query(sql, &[&table, &partition]).await?;
        return match rows.first().map(|row| row.try_get::<_, bool>(0)) {
            None => Ok(Outcome::TookEffect),
            Some(Ok(true)) => {
                session.run(&format!("ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE")).await?;
                Ok(Outcome::TookEffect)
            }
            Some(_) => Ok(Outcome::DidNot),
        };
    }
    Ok(Outcome::Unknown)
}

async fn drop_index(run: &Run<'_>, step: &StepName, index: &str) -> Result<(), DbError> {
    let session = run.line.session();
    // Waiting for others to end their transactions is what this statement does; it must not give up early.
    session.run("SET lock_timeout = 0").await?;
    session.run(&format!("DROP INDEX CONCURRENTLY IF EXISTS {index}")).await?;
    run.line.restore_timeouts(run.options).await?;
    tell_dropped(run, step, index);
    Ok(())
}

fn numbers(noted: &Value, key: &str) -> Vec<i64> {
    let list = noted.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_i64).collect()
}
