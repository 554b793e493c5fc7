//! One migrator per target: an advisory lock that is polled, never waited for inside the server.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::Run;
use super::attempt::pauses;
use super::error::RunError;
use super::watch::holder_of_lock;
use crate::event::What;
use crate::target::HistoryTable;

/// How often the one who waits says so again.
const REMINDER: Duration = Duration::from_secs(10);

/// The key of a target's lock: the first eight bytes of SHA-256 over the history's table. The server keeps advisory
/// locks by database, so the database needs no part in it.
pub(crate) fn key(history: &HistoryTable) -> i64 {
    let digest = Sha256::digest(format!("freehold migrate\n{}\n{}", history.schema, history.table));
    digest.iter().take(8).fold(0_i64, |key, byte| (key << 8) | i64::from(*byte))
}

/// Takes the lock, waiting as long as the options say.
pub(super) async fn take(run: &Run<'_>) -> Result<(), RunError> {
    let key = key(&run.target.history);
    let begun = Instant::now();
    let mut told: Option<Instant> = None;
    let mut pauses = pauses(Duration::from_millis(50), Duration::from_millis(500), usize::MAX);
    loop {
        if held(run, "SELECT pg_catalog.pg_try_advisory_lock($1)", key).await? {
            return Ok(());
        }
        let waited = begun.elapsed();
        let out_of_time = waited >= run.options.wait || run.options.halt.asked();
        if out_of_time || told.is_none_or(|told| told.elapsed() >= REMINDER) {
            told = Some(Instant::now());
            // Who holds it may be gone by now, or not be visible to this role.
            let holder = holder_of_lock(run.line.session(), key).await.ok().flatten();
            if out_of_time {
                return Err(RunError::Busy {
                    target: run.target.name.clone(),
                    holder: holder.map(Box::new),
                    waited,
                });
            }
            run.tell(What::WaitingForMigrator { holder, waited });
        }
        let pause = pauses.next().unwrap_or(REMINDER);
        run.pause(pause.min(run.options.wait.saturating_sub(waited))).await;
    }
}

/// Takes the lock again at once if a statement has let go of it. Whoever has it by then has read the history in the
/// meantime, and goes on from there.
pub(super) async fn keep(run: &Run<'_>) -> Result<(), RunError> {
    let key = key(&run.target.history);
    if is_held(run).await? || held(run, "SELECT pg_catalog.pg_try_advisory_lock($1)", key).await? {
        return Ok(());
    }
    let holder = holder_of_lock(run.line.session(), key).await.ok().flatten();
    Err(RunError::Busy {
        target: run.target.name.clone(),
        holder: holder.map(Box::new),
        waited: Duration::ZERO,
    })
}

/// True when this session still holds the lock: a script may have let go of it.
pub(super) async fn is_held(run: &Run<'_>) -> Result<bool, RunError> {
    let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted \
               AND pid = pg_catalog.pg_backend_pid() AND objsubid = 1 \
               AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
               AND (classid::int8 << 32) | objid::int8 = $1)";
    held(run, sql, key(&run.target.history)).await
}

async fn held(run: &Run<'_>, sql: &str, key: i64) -> Result<bool, RunError> {
    let session = run.line.session();
    let rows = session.query(sql, &[&key]).await.map_err(RunError::Connect)?;
    Ok(rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or(false))
}

/// Lets go of the lock. When the session is gone, so is the lock.
pub(super) async fn release(run: &Run<'_>) {
    let _ = held(run, "SELECT pg_catalog.pg_advisory_unlock($1)", key(&run.target.history)).await;
}
