//! What is noted before a statement that no transaction can undo. Everything is noted by its number: names mean
//! something else once the script's `search_path` is gone, and a thing that is made anew is not the same thing.

use freehold_db::{DbError, Session};
use freehold_sql::{Action, Effect, ObjectKind, StatementKind, TransactionControl, Use};
use serde_json::{Value, json};

use super::{regclass, table_of};

/// The table, the invalid indexes of the database, and all indexes of the table.
const INDEXES: &str = "SELECT pg_catalog.to_regclass($1)::oid::int8, \
     coalesce(array_agg(indexrelid::int8) FILTER (WHERE NOT indisvalid), '{}'), \
     coalesce(array_agg(indexrelid::int8) FILTER (WHERE indrelid = pg_catalog.to_regclass($1)), '{}') \
     FROM pg_catalog.pg_index";

/// What has to be known later to find out what became of a statement.
pub(super) async fn about(session: &Session, effect: &Effect) -> Result<Value, DbError> {
    if let Some(id) = ended_later(effect) {
        return Ok(json!({ "prepared": is_prepared(session, id).await? }));
    }
    Ok(match effect.kind {
        StatementKind::CreateIndex { concurrently: true, .. }
        | StatementKind::Reindex { concurrently: true } => indexes(session, effect).await?,
        StatementKind::Drop { object: ObjectKind::Index, .. } => {
            let mut dropped = Vec::new();
            for object in effect.objects_used(Use::Drops) {
                dropped.extend(number_of(session, &regclass(object)).await?);
            }
            json!({ "dropped": dropped })
        }
        StatementKind::AlterTable => partition(session, effect).await?,
        StatementKind::Create(object) => existed(session, effect, Use::Creates, object).await?,
        StatementKind::Drop { object, .. } => existed(session, effect, Use::Drops, object).await?,
        _ => json!({}),
    })
}

/// The prepared transaction that a statement commits or rolls back.
pub(super) fn ended_later(effect: &Effect) -> Option<&str> {
    match &effect.control {
        Some(TransactionControl::CommitPrepared(id) | TransactionControl::RollbackPrepared(id)) => Some(id),
        _ => None,
    }
}

/// Whether a prepared transaction of that name is there. Names are unique in the whole server.
pub(super) async fn is_prepared(session: &Session, id: &str) -> Result<bool, DbError> {
    let rows = session.query("SELECT FROM pg_catalog.pg_prepared_xacts WHERE gid = $1", &[&id]).await?;
    Ok(!rows.is_empty())
}

async fn indexes(session: &Session, effect: &Effect) -> Result<Value, DbError> {
    let rows = session.query(INDEXES, &[&table_of(effect)]).await?;
    let wrong = |error| DbError::from_postgres("reading the indexes of the database", error);
    let Some(row) = rows.first() else { return Ok(json!({})) };
    let table: Option<i64> = row.try_get(0).map_err(wrong)?;
    let invalid: Vec<i64> = row.try_get(1).map_err(wrong)?;
    let indexes: Vec<i64> = row.try_get(2).map_err(wrong)?;
    Ok(json!({ "table": table, "invalid": invalid, "indexes": indexes }))
}

async fn partition(session: &Session, effect: &Effect) -> Result<Value, DbError> {
    let table = effect.objects_used(Use::Alters).next().map(regclass);
    let detached = effect.actions.iter().find_map(|action| match action {
        Action::DetachPartition { schema, partition, concurrently: true, .. } => {
            Some(super::qualified(schema.as_deref(), partition))
        }
        _ => None,
    });
    let (Some(table), Some(detached)) = (table, detached) else { return Ok(json!({})) };
    let parent = number_of(session, &table).await?;
    let partition = number_of(session, &detached).await?;
    let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent::int8 = $1 AND inhrelid::int8 = $2)";
    let rows = session.query(sql, &[&parent, &partition]).await?;
    let attached: bool = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or(false);
    Ok(json!({ "parent": parent, "partition": partition, "attached": attached }))
}

async fn number_of(session: &Session, name: &str) -> Result<Option<i64>, DbError> {
    let rows = session.query("SELECT pg_catalog.to_regclass($1)::oid::int8", &[&name]).await?;
    Ok(rows.first().and_then(|row| row.try_get(0).ok()).flatten())
}

async fn existed(
    session: &Session,
    effect: &Effect,
    use_: Use,
    object: ObjectKind,
) -> Result<Value, DbError> {
    Ok(match exists(session, effect, use_, object).await? {
        Some(existed) => json!({ "existed": existed }),
        None => json!({}),
    })
}

/// Whether the first object outside any schema that the statement uses so is there; `None` for other objects.
pub(super) async fn exists(
    session: &Session,
    effect: &Effect,
    use_: Use,
    object: ObjectKind,
) -> Result<Option<bool>, DbError> {
    let sql = match object {
        ObjectKind::Database => "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)",
        ObjectKind::Tablespace => "SELECT EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname = $1)",
        ObjectKind::Subscription => {
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_subscription WHERE subname = $1)"
        }
        _ => return Ok(None),
    };
    let Some(named) = effect.objects_used(use_).next() else { return Ok(None) };
    let rows = session.query(sql, &[&named.name]).await?;
    Ok(rows.first().and_then(|row| row.try_get(0).ok()))
}
