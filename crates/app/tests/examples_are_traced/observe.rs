//! Runs one statement and sees what it does, from a second session where that is possible.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use freehold_db::{DbError, Session};
use freehold_lint::{Executed, LockTaken};
use freehold_model::{lock::LockMode, name::QualifiedName};
use freehold_sql::{Statement, StatementKind};
use futures_util::SinkExt;

use crate::world::World;

/// A relation at some moment.
#[derive(Debug, Clone)]
pub(crate) struct There {
    pub(crate) name: QualifiedName,
    pub(crate) kind: char,
    filenode: u32,
    scans: i64,
}

const RELATIONS: &str = "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relfilenode, \
     pg_catalog.pg_stat_get_xact_numscans(c.oid) FROM pg_catalog.pg_class AS c \
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE c.oid >= 16384 AND c.relkind <> 't' AND n.nspname <> 'pg_toast' AND n.nspname !~ '^pg_temp_'";

const LOCKS: &str = "SELECT l.relation::pg_catalog.oid, l.mode FROM pg_catalog.pg_locks AS l \
     WHERE l.pid = $1 AND l.locktype = 'relation' AND l.relation >= 16384 \
     AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())";

pub(crate) type Held = BTreeSet<(u32, LockMode)>;

/// All relations as this session sees them.
pub(crate) async fn relations(session: &Session) -> Result<BTreeMap<u32, There>, DbError> {
    let rows = session.query(RELATIONS, &[]).await?;
    let read = |row: &tokio_postgres::Row| {
        let name = QualifiedName::new(row.get::<_, String>(1), row.get::<_, String>(2));
        let kind = char::from(row.get::<_, i8>(3).unsigned_abs());
        (row.get(0), There { name, kind, filenode: row.get(4), scans: row.get(5) })
    };
    Ok(rows.iter().map(read).collect())
}

async fn locks(world: &World) -> Held {
    let rows = world.watcher.query(LOCKS, &[&world.main.backend_pid()]).await.unwrap();
    let read = |row: &tokio_postgres::Row| {
        Some((row.get::<_, u32>(0), LockMode::from_pg_locks(row.get::<_, &str>(1))?))
    };
    rows.iter().filter_map(read).collect()
}

/// Sends one statement, with the rows that belong to it.
pub(crate) async fn send(session: &Session, sql: &str, rows: Option<&str>) -> Result<(), DbError> {
    let Some(rows) = rows else { return session.run(sql).await };
    let named = |error| DbError::from_postgres("copy the rows of the script", error);
    let sink = session.client().copy_in(sql).await.map_err(named)?;
    let mut sink = std::pin::pin!(sink);
    sink.send(std::io::Cursor::new(rows.as_bytes().to_vec())).await.map_err(named)?;
    sink.as_mut().finish().await.map_err(named)?;
    Ok(())
}

/// Runs a statement inside the transaction that is open. Only relations in `before` count.
pub(crate) async fn inside(
    world: &World,
    before: &BTreeSet<u32>,
    statement: &Statement,
    text: &str,
) -> Result<Executed, DbError> {
    let earlier = relations(&world.main).await?;
    let held = locks(world).await;
    world.main.take_notices();
    send(&world.main, statement.text(text), statement.rows(text)).await?;
    let notices = world.main.take_notices();
    let now_held = locks(world).await;
    let later = relations(&world.main).await?;
    let known: BTreeMap<u32, There> = earlier.into_iter().filter(|(oid, _)| before.contains(oid)).collect();
    let mut executed = Executed { complete: true, ..Executed::default() };
    executed.locks = taken(&now_held.difference(&held).copied().collect(), &known);
    let all_held: BTreeSet<u32> = now_held.iter().map(|(oid, _)| *oid).collect();
    for (oid, was) in &known {
        let Some(is) = later.get(oid) else { continue };
        if is.scans > was.scans && holds_rows(was) {
            executed.scans.push(was.name.clone());
        }
        if new_storage(&statement.effect.kind, was, is) {
            executed.rewrites.push(was.name.clone());
        }
    }
    let messages: Vec<String> = notices.into_iter().map(|notice| notice.message).collect();
    let named = |name: &str| {
        let hit = |(oid, there): &(&u32, &There)| {
            there.name.name == name && holds_rows(there) && all_held.contains(oid)
        };
        known.iter().find(hit).map(|(_, there)| there.name.clone())
    };
    told(&messages, named, &mut executed);
    settle(&mut executed);
    Ok(executed)
}

/// Runs a statement that must not be in a transaction, held up twice on the tables that it names so that its locks can
/// be seen: first where it asks for its own lock, then where it waits for those who write.
pub(crate) async fn outside(
    world: &World,
    before: &BTreeSet<u32>,
    statement: &Statement,
    text: &str,
) -> Result<Executed, DbError> {
    let known: BTreeMap<u32, There> =
        relations(&world.main).await?.into_iter().filter(|(oid, _)| before.contains(oid)).collect();
    let (asks, writes, reads) = (world.session().await, world.session().await, world.session().await);
    for (number, table) in tables_named(statement, &known, world).await.iter().enumerate() {
        let table = table.quoted();
        if number > 0 {
            // A partition that is detached is asked for when its parent was.
            hold(&reads, &format!("LOCK TABLE {table} IN ACCESS SHARE MODE")).await;
            continue;
        }
        hold(&asks, &format!("LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE")).await;
        hold(&writes, &format!("LOCK TABLE {table} IN ROW EXCLUSIVE MODE")).await;
    }
    world.main.take_notices();
    let mut seen = Held::new();
    let outcome = {
        let mut running = std::pin::pin!(send(&world.main, statement.text(text), None));
        let mut looks = 0_u32;
        loop {
            tokio::select! {
                biased;
                outcome = &mut running => break outcome,
                () = tokio::time::sleep(Duration::from_millis(2)) => {}
            }
            seen.extend(locks(world).await);
            looks += 1;
            if looks == 8 {
                release(&asks).await;
            } else if looks == 16 {
                release(&writes).await;
            } else if looks == 24 {
                release(&reads).await;
            }
        }
    };
    asks.close().await;
    writes.close().await;
    reads.close().await;
    outcome?;
    let later = relations(&world.main).await?;
    let mut executed = Executed { locks: taken(&seen, &known), ..Executed::default() };
    for (oid, was) in &known {
        if later.get(oid).is_some_and(|is| new_storage(&statement.effect.kind, was, is)) {
            executed.rewrites.push(was.name.clone());
        }
    }
    let messages: Vec<String> = world.main.take_notices().into_iter().map(|notice| notice.message).collect();
    let named = |name: &str| {
        let hit = |there: &&There| there.name.name == name && holds_rows(there);
        known.values().find(hit).map(|there| there.name.clone())
    };
    told(&messages, named, &mut executed);
    settle(&mut executed);
    Ok(executed)
}

async fn hold(session: &Session, sql: &str) {
    if session.run("BEGIN").await.is_ok() && session.run(&format!("SAVEPOINT a; {sql}")).await.is_err() {
        // Materialised views and indexes cannot be held so.
        session.run("ROLLBACK TO a").await.unwrap();
    }
}

async fn release(session: &Session) {
    session.run("ROLLBACK").await.unwrap();
}

/// The tables that a statement names, and those of the indexes that it names.
async fn tables_named(
    statement: &Statement,
    known: &BTreeMap<u32, There>,
    world: &World,
) -> Vec<QualifiedName> {
    let mut tables = Vec::new();
    for object in &statement.effect.objects {
        let named = |there: &&There| {
            let wanted = object.of.as_ref().unwrap_or(&object.name);
            (there.name.name == object.name || there.name.name == *wanted)
                && object.schema.as_ref().is_none_or(|schema| *schema == there.name.schema)
        };
        for there in known.values().filter(named) {
            if matches!(there.kind, 'r' | 'p') {
                tables.push(there.name.clone());
                continue;
            }
            let sql = "SELECT n.nspname, c.relname FROM pg_catalog.pg_index AS i \
                 JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid \
                 JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE x.relname = $1";
            let rows = world.watcher.query(sql, &[&there.name.name]).await.unwrap();
            tables.extend(
                rows.iter().map(|row| QualifiedName::new(row.get::<_, String>(0), row.get::<_, String>(1))),
            );
        }
    }
    tables
}

fn holds_rows(there: &There) -> bool {
    matches!(there.kind, 'r' | 'p' | 'm')
}

/// TRUNCATE gives new storage as well, but writes nothing again.
fn new_storage(kind: &StatementKind, was: &There, is: &There) -> bool {
    was.filenode != is.filenode && holds_rows(was) && *kind != StatementKind::Truncate
}

/// The strongest mode for each relation that is known.
fn taken(held: &Held, known: &BTreeMap<u32, There>) -> Vec<LockTaken> {
    let mut strongest: BTreeMap<u32, LockMode> = BTreeMap::new();
    for (oid, mode) in held {
        let entry = strongest.entry(*oid).or_insert(*mode);
        *entry = (*entry).max(*mode);
    }
    let named = |(oid, mode)| Some(LockTaken { relation: known.get(&oid)?.name.clone(), mode });
    strongest.into_iter().filter_map(named).collect()
}

/// What the server said of its work.
fn told(messages: &[String], named: impl Fn(&str) -> Option<QualifiedName>, executed: &mut Executed) {
    for message in messages {
        let quoted = |nth: usize| message.split('"').nth(nth).and_then(&named);
        if message.starts_with("rewriting table ") {
            executed.rewrites.extend(quoted(1));
        } else if message.starts_with("verifying table ") {
            executed.scans.extend(quoted(1));
        } else if message.starts_with("building index ") {
            executed.index_builds.extend(quoted(3));
        } else if message.contains("sufficient to prove")
            || message.contains("is implied by existing constraints")
        {
            executed.spared.push(message.clone());
        }
    }
}

/// A rewrite and the building of an index read the table too, and a rewrite builds its indexes: each is said once.
fn settle(executed: &mut Executed) {
    for list in [&mut executed.rewrites, &mut executed.scans, &mut executed.index_builds] {
        list.sort();
        list.dedup();
    }
    let (rewrites, builds) = (executed.rewrites.clone(), executed.index_builds.clone());
    executed.scans.retain(|name| !rewrites.contains(name) && !builds.contains(name));
    executed.index_builds.retain(|name| !rewrites.contains(name));
}
