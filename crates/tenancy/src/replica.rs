//! A streaming replica, which answers those who only read, as long as it is near enough.
//!
//! How far it lags is proven, not estimated: now and then the primary is asked how far its log has got, and the replica
//! how far it has replayed it. What the primary had written at some moment is there as soon as the replica has passed
//! that place. A replica that hears nothing any more falls behind by itself.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::{
    Error,
    db::{ConnectOptions, Pool},
};

/// How many places in the log are kept that the replica has not passed.
const MOST_PLACES: usize = 1_000;

pub(crate) struct Replica {
    pub(crate) pool: Pool,
    most_lag: Duration,
    /// Everything that was committed before this moment is there.
    proven: Mutex<Option<Instant>>,
}

impl Replica {
    /// Begins to follow; the replica is of use from its first proof on.
    pub(crate) fn follow(primary: ConnectOptions, pool: Pool, most_lag: Duration) -> Arc<Self> {
        let replica = Arc::new(Self { pool, most_lag, proven: Mutex::new(None) });
        tokio::spawn(watch(Arc::downgrade(&replica), primary, replica.pool.connect.clone(), most_lag));
        replica
    }

    pub(crate) fn is_near(&self) -> bool {
        self.proven.lock().is_ok_and(|proven| proven.is_some_and(|at| at.elapsed() <= self.most_lag))
    }

    /// It did not answer: the primary does, until the next proof.
    pub(crate) fn distrust(&self) {
        if let Ok(mut proven) = self.proven.lock() {
            *proven = None;
        }
    }

    fn prove(&self, at: Instant) {
        metrics::gauge!("freehold_replica_lag_seconds").set(at.elapsed().as_secs_f64());
        if let Ok(mut proven) = self.proven.lock() {
            *proven = Some(at);
        }
    }
}

/// Whether the primary may answer instead of a replica that said this.
pub(crate) fn may_move_on(error: &Error) -> bool {
    match error {
        Error::Connect { .. } | Error::Tls { .. } | Error::Busy { .. } | Error::Lost { .. } => true,
        // Rows that the replica had to remove while they were read.
        Error::Database(error) => error.sqlstate().code() == "40001",
        _ => false,
    }
}

async fn watch(replica: Weak<Replica>, primary: ConnectOptions, standby: ConnectOptions, most_lag: Duration) {
    let pause = (most_lag / 4).clamp(Duration::from_millis(10), Duration::from_millis(500));
    let mut told = String::new();
    while replica.strong_count() > 0 {
        let Err(error) = follow(&replica, &primary, &standby, pause).await else { return };
        // Once for each reason: it is tried again and again.
        let text = error.to_string();
        if text != told {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the replica can't be followed; the primary answers"
            );
            told = text;
        }
        tokio::time::sleep(pause * 4).await;
    }
}

async fn follow(
    replica: &Weak<Replica>,
    primary: &ConnectOptions,
    standby: &ConnectOptions,
    pause: Duration,
) -> Result<(), Error> {
    let within = Duration::from_secs(5);
    let ((writes, _), (replays, _)) = tokio::try_join!(primary.open(within), standby.open(within))?;
    let identity = "SELECT system_identifier::text FROM pg_control_system()";
    if ask(&writes, identity, primary).await? != ask(&replays, identity, standby).await? {
        return Err(Error::Setup(format!("{} is no replica of {}", standby.to(), primary.to())));
    }
    let sizes = Sizes {
        page: size(&writes, "SELECT setting FROM pg_settings WHERE name = 'wal_block_size'", primary).await?,
        segment: size(&writes, "SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'", primary)
            .await?,
    };
    let mut places: VecDeque<(Instant, u64)> = VecDeque::new();
    loop {
        if places.len() < MOST_PLACES {
            // The moment before the question: what is committed meanwhile may lie beyond the place.
            let at = Instant::now();
            let place = ask(&writes, "SELECT pg_current_wal_insert_lsn()::text", primary).await?;
            places.extend(place.as_deref().and_then(lsn).map(|place| (at, sizes.end_of_record(place))));
        }
        let sql = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END";
        let Some(replayed) = ask(&replays, sql, standby).await?.as_deref().and_then(lsn) else {
            return Err(Error::Setup(format!("{} is no replica: it is not in recovery", standby.to())));
        };
        let mut passed = None;
        while let Some((at, _)) = places.front().copied().filter(|(_, place)| *place <= replayed) {
            passed = Some(at);
            places.pop_front();
        }
        let Some(replica) = replica.upgrade() else { return Ok(()) };
        if let Some(at) = passed {
            replica.prove(at);
        }
        drop(replica);
        tokio::time::sleep(pause).await;
    }
}

async fn ask(client: &Client, sql: &str, connect: &ConnectOptions) -> Result<Option<String>, Error> {
    let asked = tokio::time::timeout(Duration::from_secs(5), client.simple_query(sql)).await;
    let answer =
        asked.map_err(|_| connect.slow(Duration::from_secs(5)))?.map_err(|error| connect.error(error))?;
    Ok(answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}

async fn size(client: &Client, sql: &str, connect: &ConnectOptions) -> Result<u64, Error> {
    let size = ask(client, sql, connect).await?;
    Ok(size.and_then(|size| size.parse().ok()).unwrap_or(0))
}

/// How the log is divided, in bytes.
struct Sizes {
    page: u64,
    segment: u64,
}

impl Sizes {
    /// Where the last record before a place ends. After a page has been filled, the next record's place is behind the
    /// header of the next page, which a replica that has replayed everything does not count.
    fn end_of_record(&self, place: u64) -> u64 {
        let (in_segment, in_page) = (place.checked_rem(self.segment), place.checked_rem(self.page));
        match (in_segment, in_page) {
            (Some(40), _) => place - 40,
            (Some(offset), Some(24)) if offset != 24 => place - 24,
            _ => place,
        }
    }
}

/// A place in the log, such as `16/B374D848`.
fn lsn(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    Some(u64::from_str_radix(high, 16).ok()? << 32 | u64::from_str_radix(low, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_the_log_are_in_order() {
        assert_eq!(lsn("0/0"), Some(0));
        assert_eq!(lsn("16/B374D848"), Some(0x16_B374_D848));
        assert!(lsn("1/0") > lsn("0/FFFFFFFF"));
        assert_eq!(lsn("x"), None);
    }

    #[test]
    fn a_header_is_no_record() {
        let sizes = Sizes { page: 8_192, segment: 1 << 24 };
        assert_eq!(sizes.end_of_record((5 << 24) + 40), 5 << 24);
        assert_eq!(sizes.end_of_record((5 << 24) + 8_192 + 24), (5 << 24) + 8_192);
        for place in [5 << 24, (5 << 24) + 24, (5 << 24) + 48, (5 << 24) + 8_192 + 40] {
            assert_eq!(sizes.end_of_record(place), place);
        }
    }
}
