//! Watching a statement that cannot run in a transaction from a second session.
//!
//! On an empty table such a statement is over before anyone can look. The second session therefore holds ROW
//! EXCLUSIVE on the table concerned: `CREATE INDEX CONCURRENTLY` and its kin wait for writers, and stronger modes
//! queue behind it, so that what the statement holds or asks for stands still in `pg_locks` until it was seen.

use std::{
    collections::{BTreeMap, HashSet},
    time::{Duration, Instant},
};

use freehold_db::{DbError, Session};
use freehold_model::{lock::LockMode, name::QualifiedName};
use freehold_sql::{ObjectKind, StatementKind};

use crate::{
    error::RehearsalError,
    observation::{LockSeen, Observed, RelationSeen},
    observe::{Present, builds_told, present},
    send::{Trouble, send},
    step::ScriptStatement,
};

const LOCKS: &str = "SELECT l.relation::pg_catalog.oid, l.mode FROM pg_catalog.pg_locks AS l \
     WHERE l.pid = $1 AND l.locktype = 'relation' AND l.relation >= 16384";

/// The longest that a statement is held up to be looked at.
const HOLD: Duration = Duration::from_millis(60);

/// Runs the statement on `session` while `watcher` looks at its locks.
pub(crate) async fn watched(
    session: &Session,
    watcher: &Session,
    before: &HashSet<u32>,
    statement: &ScriptStatement,
    index: usize,
    limit: Duration,
) -> Result<Observed, Trouble> {
    let mut there =
        present(watcher).await.map_err(RehearsalError::own("list the relations that are there"))?;
    session.take_notices();
    let held = hold(watcher, statement, &there).await?;
    let mut seen: BTreeMap<u32, LockMode> = BTreeMap::new();
    let begun = Instant::now();
    let mut released_after = held.is_none().then_some(Duration::ZERO);
    let outcome = {
        let mut running = std::pin::pin!(send(session, statement, limit));
        loop {
            tokio::select! {
                biased;
                outcome = &mut running => break outcome,
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
            look(watcher, session.backend_pid(), &mut seen).await?;
            let target_seen = held.is_some_and(|oid| seen.contains_key(&oid));
            if released_after.is_none() && (target_seen || begun.elapsed() > HOLD) {
                // One more look, for the locks taken after the table's own.
                tokio::time::sleep(Duration::from_millis(1)).await;
                look(watcher, session.backend_pid(), &mut seen).await?;
                release(watcher).await?;
                released_after = Some(begun.elapsed());
            }
        }
    };
    if released_after.is_none() {
        release(watcher).await?;
    }
    let took = outcome?.saturating_sub(released_after.unwrap_or_default());
    // What the script itself has made does not count.
    there.retain(|oid, _| before.contains(oid));
    let locks = locks(seen, &there, took);
    let unseen = locks
        .is_empty()
        .then(|| "the statement was over before a second session saw what it locks".to_owned());
    let builds = builds_told(&session.take_notices(), there.values().map(|p| &p.relation));
    Ok(Observed {
        index,
        took,
        locks,
        rewrites: Vec::new(),
        scans: Vec::new(),
        index_builds: builds,
        rows: Vec::new(),
        spared: Vec::new(),
        transaction: index,
        from_inside: false,
        unseen,
        growth: None,
    })
}

/// Opens a transaction on the watcher that holds the table which the statement names; its oid.
async fn hold(
    watcher: &Session,
    statement: &ScriptStatement,
    there: &std::collections::HashMap<u32, Present>,
) -> Result<Option<u32>, RehearsalError> {
    let Some(table) = target(watcher, statement, there).await? else { return Ok(None) };
    let name = QualifiedName::new(table.schema.clone(), table.name.clone()).quoted();
    let hold = format!("BEGIN; LOCK TABLE {name} IN ROW EXCLUSIVE MODE");
    match watcher.run(&hold).await {
        Ok(()) => Ok(Some(table.oid)),
        Err(error) if error.is_connection_lost() => {
            Err(RehearsalError::own("hold the table of a statement that is watched")(error))
        }
        // A materialised view or a foreign table cannot be held so: it is watched without.
        Err(_) => release(watcher).await.map(|()| None),
    }
}

/// The table that the statement names, or the table of the index that it names.
async fn target(
    watcher: &Session,
    statement: &ScriptStatement,
    there: &std::collections::HashMap<u32, Present>,
) -> Result<Option<RelationSeen>, RehearsalError> {
    if matches!(statement.statement.effect.kind, StatementKind::Vacuum { .. }) {
        // VACUUM skips or waits without showing more than it shows anyway.
        return Ok(None);
    }
    for object in &statement.statement.effect.objects {
        let found = there.values().find(|p| {
            p.relation.name == object.name
                && object.schema.as_ref().is_none_or(|schema| *schema == p.relation.schema)
        });
        let Some(found) = found else { continue };
        match object.kind {
            ObjectKind::Table | ObjectKind::MaterializedView if found.relation.holds_rows() => {
                return Ok(Some(found.relation.clone()));
            }
            ObjectKind::Index => {
                let doing = "find the table of an index";
                let rows = watcher
                    .query(
                        "SELECT i.indrelid FROM pg_catalog.pg_index AS i WHERE i.indexrelid = $1",
                        &[&found.relation.oid],
                    )
                    .await
                    .map_err(RehearsalError::own(doing))?;
                let table: Option<u32> = rows
                    .first()
                    .map(|row| row.try_get(0))
                    .transpose()
                    .map_err(|e| RehearsalError::own(doing)(DbError::from_postgres(doing, e)))?;
                return Ok(table.and_then(|oid| there.get(&oid)).map(|p| p.relation.clone()));
            }
            _ => {}
        }
    }
    Ok(None)
}

async fn release(watcher: &Session) -> Result<(), RehearsalError> {
    watcher
        .run("ROLLBACK")
        .await
        .map_err(RehearsalError::own("let go of the table of a statement that is watched"))
}

async fn look(watcher: &Session, pid: i32, seen: &mut BTreeMap<u32, LockMode>) -> Result<(), RehearsalError> {
    let doing = "look at the locks of a running statement";
    let rows = watcher.query(LOCKS, &[&pid]).await.map_err(RehearsalError::own(doing))?;
    for row in &rows {
        let (oid, mode): (u32, String) =
            (|| Ok((row.try_get(0)?, row.try_get(1)?)))().map_err(|e: tokio_postgres::Error| {
                RehearsalError::own(doing)(DbError::from_postgres(doing, e))
            })?;
        if let Some(mode) = LockMode::from_pg_locks(&mode) {
            let strongest = seen.entry(oid).or_insert(mode);
            *strongest = (*strongest).max(mode);
        }
    }
    Ok(())
}

fn locks(
    seen: BTreeMap<u32, LockMode>,
    there: &std::collections::HashMap<u32, Present>,
    took: Duration,
) -> Vec<LockSeen> {
    let mut locks: Vec<LockSeen> = seen
        .into_iter()
        .filter_map(|(oid, mode)| {
            there.get(&oid).map(|p| LockSeen { relation: p.relation.clone(), mode, held: took })
        })
        .collect();
    locks.sort_by(|a, b| b.mode.cmp(&a.mode).then_with(|| a.relation.display.cmp(&b.relation.display)));
    locks
}
