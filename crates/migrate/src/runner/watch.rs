//! Looks at what a session waits for, from another session.

use std::future::Future;
use std::time::{Duration, Instant};

use freehold_db::{DbError, Session};
use tokio_postgres::Row;

use super::line::Line;
use crate::event::Holder;

/// The first look, unless locks are given up sooner.
const FIRST: Duration = Duration::from_millis(700);
/// Every further look.
const AGAIN: Duration = Duration::from_secs(2);

/// Who was seen to be in the way while something ran.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// At the last look that saw somebody.
    pub(super) blockers: Vec<Holder>,
    /// Why nobody could look.
    pub(super) blind: Option<String>,
}

/// Runs the work, and meanwhile looks at intervals at whom the session waits for.
pub(super) async fn watching<T>(
    work: impl Future<Output = T>,
    line: &Line,
    lock_timeout: Duration,
    mut tell: impl FnMut(&[Holder], Duration),
) -> (T, Seen) {
    let begun = Instant::now();
    let mut seen = Seen::default();
    let mut work = std::pin::pin!(work);
    let mut pause = FIRST.min(lock_timeout / 2).max(Duration::from_millis(20));
    loop {
        match tokio::time::timeout(pause, work.as_mut()).await {
            Ok(done) => return (done, seen),
            Err(_) => pause = AGAIN.min(lock_timeout.max(Duration::from_millis(200))),
        }
        // The look must not hold up the work: both are driven.
        let look = blockers(line);
        let look = std::pin::pin!(look);
        match futures_util::future::select(work.as_mut(), look).await {
            futures_util::future::Either::Left((done, _)) => return (done, seen),
            futures_util::future::Either::Right((Ok(blockers), _)) => {
                if !blockers.is_empty() {
                    tell(&blockers, begun.elapsed());
                    seen.blockers = blockers;
                }
            }
            futures_util::future::Either::Right((Err(error), _)) => {
                seen.blind.get_or_insert_with(|| error.to_string());
            }
        }
    }
}

const COLUMNS: &str = "a.pid, a.usename::text, a.application_name, \
    coalesce(host(a.client_addr), CASE WHEN a.client_port = -1 THEN 'a local socket' END), a.state, a.query, \
    extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start))::float8";

async fn blockers(line: &Line) -> Result<Vec<Holder>, DbError> {
    // A prepared transaction that blocks has the pid 0 and no row in pg_stat_activity.
    let sql = format!(
        "SELECT coalesce(a.pid, b.pid), {} FROM (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids($1)) AS pid) b \
         LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) ORDER BY a.xact_start NULLS LAST",
        COLUMNS.trim_start_matches("a.pid, ")
    );
    let rows = line.ask(&sql, &[&line.session().backend_pid()]).await?;
    rows.iter().map(holder).collect()
}

/// Who holds an advisory lock in this database.
pub(super) async fn holder_of_lock(session: &Session, key: i64) -> Result<Option<Holder>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
         AND (l.classid::int8 << 32) | l.objid::int8 = $1"
    );
    session.query(&sql, &[&key]).await?.first().map(holder).transpose()
}

fn holder(row: &Row) -> Result<Holder, DbError> {
    let wrong = |error| DbError::from_postgres("reading who is in the way", error);
    let age: Option<f64> = row.try_get(6).map_err(wrong)?;
    Ok(Holder {
        pid: row.try_get(0).map_err(wrong)?,
        role: row.try_get(1).map_err(wrong)?,
        application: row.try_get(2).map_err(wrong)?,
        client: row.try_get(3).map_err(wrong)?,
        state: row.try_get(4).map_err(wrong)?,
        query: row.try_get(5).map_err(wrong)?,
        age: age.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok()),
    })
}
