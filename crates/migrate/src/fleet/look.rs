//! Reads the histories of many targets, read-only and over few sessions.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use freehold_db::{ConnectTo, DbError, Session};
use futures_util::{StreamExt, stream};

use super::by_database;
use super::connect::within;
use crate::history::check::Facts;
use crate::history::{History, HistoryError, read};
use crate::prepared::Prepared;
use crate::runner::{RunError, fill_in_edited};
use crate::target::{HistoryTable, Target};

/// How many targets of one database are asked about in one question.
const TOGETHER: usize = 100;
/// How many histories are asked for over one session before the first answer is there.
const IN_FLIGHT: usize = 16;

/// A look must not stand in the way, nor be held up by what somebody does to one tenant's tables.
const SETTINGS: &str = "SET application_name = 'freehold migrate'; SET default_transaction_read_only = on; \
                        SET lock_timeout = '1s'; SET statement_timeout = '10s'";

/// How targets are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookOptions {
    /// How many sessions at once; 0 counts as 1.
    pub parallel: usize,
    /// How long a server may take to answer when a session is opened.
    pub connect_timeout: Duration,
}

impl Default for LookOptions {
    fn default() -> Self {
        Self { parallel: 8, connect_timeout: Duration::from_secs(10) }
    }
}

/// Reads the history of every target, and hands each to `judge` as soon as it is there, with the number of its target:
/// ten thousand histories need not be held at once. The answers are in the order of the targets. Nothing is written, no
/// lock is taken, and a target that cannot be looked at does not hold up the others.
///
/// With `prepared`, the texts of scripts whose files were edited are read as well, so that a plan can tell how.
pub async fn look_many<T>(
    targets: &[Target],
    prepared: Option<&Prepared>,
    options: LookOptions,
    judge: impl Fn(usize, &Target, Result<History, LookError>) -> T,
) -> Vec<T> {
    let parallel = options.parallel.max(1);
    let judged: Mutex<Vec<Option<T>>> = Mutex::new(targets.iter().map(|_| None).collect());
    let keep = |index: usize, history: Result<History, LookError>| {
        let Some(target) = targets.get(index) else { return };
        let answer = judge(index, target, history);
        if let Some(place) = judged.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
            *place = Some(answer);
        }
    };
    let looking = Looking { prepared, options, keep };
    let parts = parts(targets, parallel);
    let looks = parts.iter().map(|part| looking.part(part));
    stream::iter(looks).buffer_unordered(parallel).collect::<Vec<()>>().await;
    let judged = judged.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Every part answers for each of its targets, so that nothing is absent.
    judged.into_iter().flatten().collect()
}

/// Targets that one session looks at. A database with many targets is divided among several sessions.
fn parts(targets: &[Target], parallel: usize) -> Vec<Vec<Numbered<'_>>> {
    let mut parts = Vec::new();
    for group in by_database(targets.iter()) {
        let sessions = group.len().div_ceil(TOGETHER).min(parallel);
        let size = group.len().div_ceil(sessions.max(1)).max(1);
        let numbered = |index: &usize| Some((*index, targets.get(*index)?));
        parts.extend(group.chunks(size).map(|part| part.iter().filter_map(numbered).collect::<Vec<_>>()));
    }
    parts
}

/// Why a target could not be looked at; the targets of one database may share a reason.
pub type LookError = Arc<RunError>;

/// A target with its number.
type Numbered<'t> = (usize, &'t Target);

struct Looking<'l, K> {
    prepared: Option<&'l Prepared>,
    options: LookOptions,
    keep: K,
}

impl<K: Fn(usize, Result<History, LookError>)> Looking<'_, K> {
    /// Looks at targets of one database.
    async fn part(&self, targets: &[Numbered<'_>]) {
        let mut session: Option<Session> = None;
        for together in targets.chunks(TOGETHER) {
            let lost = self.together(&mut session, together, false).await;
            // A session that was ended meanwhile says nothing about the targets; the second time it does.
            if !lost.is_empty() {
                self.together(&mut session, &lost, true).await;
            }
        }
        if let Some(session) = session {
            session.close().await;
        }
    }

    /// Asks for some, over the session that is there or a new one. Those that were lost with it are given back, unless
    /// this is the last try.
    async fn together<'t>(
        &self,
        session: &mut Option<Session>,
        targets: &[Numbered<'t>],
        last: bool,
    ) -> Vec<Numbered<'t>> {
        if session.as_ref().is_none_or(Session::is_closed) {
            let Some((_, target)) = targets.first() else { return Vec::new() };
            match within(self.options.connect_timeout, &target.to, open(&target.to)).await {
                Ok(opened) => *session = Some(opened),
                Err(error) => return self.all(targets, &Arc::new(error)),
            }
        }
        let Some(session) = session.as_ref() else { return Vec::new() };
        let tables: Vec<&HistoryTable> = targets.iter().map(|(_, target)| &target.history).collect();
        let facts = match Facts::of_many(session, &tables).await {
            Ok(facts) => facts,
            Err(error) if error.is_connection_lost() && !last => return targets.to_vec(),
            Err(error) => return self.all(targets, &Arc::new(RunError::Connect(error))),
        };
        let looks = targets
            .iter()
            .zip(&facts)
            .map(|(numbered, facts)| async move { (numbered, self.one(session, numbered.1, facts).await) });
        let mut looks = stream::iter(looks).buffer_unordered(IN_FLIGHT);
        let mut lost = Vec::new();
        while let Some((numbered, history)) = looks.next().await {
            match history {
                Err(HistoryError::Db(error)) if error.is_connection_lost() && !last => lost.push(*numbered),
                history => (self.keep)(numbered.0, history.map_err(|error| Arc::new(error.into()))),
            }
        }
        lost
    }

    async fn one(&self, session: &Session, target: &Target, facts: &Facts) -> Result<History, HistoryError> {
        facts.readable(target)?;
        if !facts.table_exists {
            return Ok(facts.nothing_yet(target));
        }
        let mut history = read::rows(session, &target.history).await?;
        if let Some(prepared) = self.prepared {
            fill_in_edited(session, target, prepared, &mut history).await?;
        }
        Ok(history)
    }

    fn all<'t>(&self, targets: &[Numbered<'t>], error: &LookError) -> Vec<Numbered<'t>> {
        for (index, _) in targets {
            (self.keep)(*index, Err(Arc::clone(error)));
        }
        Vec::new()
    }
}

async fn open(to: &ConnectTo) -> Result<Session, DbError> {
    let session = Session::open(to).await?;
    session.run(SETTINGS).await?;
    Ok(session)
}
