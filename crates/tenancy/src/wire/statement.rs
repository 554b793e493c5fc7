//! Statements as this program knows them: parameters and columns, under a name that is the same on every connection.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use hashbrown::HashMap;
use postgres_types::Type;

use super::refuse;
use crate::{Column, Sql};

/// What the server told of a statement.
pub(super) struct Statement {
    /// Its number, of which the name is made.
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) sql: Sql,
    pub(super) params: Vec<Type>,
    pub(super) columns: Arc<[Column]>,
    /// Whether its columns are asked for again wherever it is parsed.
    pub(super) describe: bool,
    /// Whether it may commit by itself in its middle, so that it must not be run a second time.
    pub(super) may_commit: bool,
    /// How long it usually takes, in microseconds; 0 while nobody knows.
    pace: AtomicU32,
    used: AtomicU64,
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Statement {
    /// How long it usually takes; `None` before its first answer.
    pub(super) fn pace(&self) -> Option<Duration> {
        match self.pace.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros.into())),
        }
    }

    /// Learns from one run: slowly when it was slower than usual, quickly when it was quicker.
    pub(super) fn learn(&self, took: Duration) {
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX).max(1);
        let usual = self.pace.load(Ordering::Relaxed);
        let next = match usual {
            0 => took,
            _ if took > usual => usual.saturating_add((took - usual) / 8),
            _ => usual - (usual - took) / 2,
        };
        self.pace.store(next.max(1), Ordering::Relaxed);
    }
}

/// How many statements are known at once; the ones that were not used for longest are forgotten.
const KNOWN: usize = 2048;

/// All statements that are known.
pub(super) struct Registry {
    known: Mutex<HashMap<Sql, Arc<Statement>>>,
    next: AtomicU64,
    clock: AtomicU64,
}

impl Registry {
    pub(super) fn new() -> Self {
        Self { known: Mutex::new(HashMap::new()), next: AtomicU64::new(1), clock: AtomicU64::new(1) }
    }

    /// A statement that was taken in.
    pub(super) fn find(&self, sql: &Sql) -> Option<Arc<Statement>> {
        let found = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned()?;
        found.used.store(self.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(found)
    }

    /// A statement that is not taken in.
    pub(super) fn make(
        &self,
        sql: &Sql,
        params: Vec<Type>,
        columns: Arc<[Column]>,
        describe: bool,
    ) -> Arc<Statement> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        Arc::new(Statement {
            id,
            name: format!("fh{id}"),
            sql: sql.clone(),
            params,
            columns,
            describe,
            may_commit: refuse::may_commit(sql.as_str()),
            pace: AtomicU32::new(u32::from(!describe)),
            used: AtomicU64::new(self.clock.fetch_add(1, Ordering::Relaxed)),
        })
    }

    /// Takes a statement in.
    pub(super) fn add(
        &self,
        sql: &Sql,
        params: Vec<Type>,
        columns: Arc<[Column]>,
        describe: bool,
    ) -> Arc<Statement> {
        let statement = self.make(sql, params, columns, describe);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            let mut ages: Vec<u64> = known.values().map(|one| one.used.load(Ordering::Relaxed)).collect();
            ages.sort_unstable();
            let bound = ages.get(KNOWN / 8).copied().unwrap_or(u64::MAX);
            known.retain(|_, one| one.used.load(Ordering::Relaxed) >= bound);
        }
        known.insert(sql.clone(), statement.clone());
        statement
    }

    /// Forgets a statement: the next to use it asks the server anew, under another name.
    pub(super) fn forget(&self, sql: &Sql) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(sql);
    }

    /// Forgets all of them.
    pub(super) fn clear(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The statements that one connection has been told of by name, at most [`Prepared::MOST`].
#[derive(Default)]
pub(super) struct Prepared {
    used: HashMap<u64, u64>,
    clock: u64,
}

impl Prepared {
    /// So many stay prepared on one connection.
    const MOST: usize = 256;

    /// Whether the connection knows a statement; if not, it does from now on. The second value is one that has to be
    /// closed to make room.
    pub(super) fn touch(&mut self, id: u64) -> (bool, Option<u64>) {
        self.clock += 1;
        if let Some(used) = self.used.get_mut(&id) {
            *used = self.clock;
            return (true, None);
        }
        let mut out = None;
        if self.used.len() >= Self::MOST {
            out = self.used.iter().min_by_key(|(_, used)| **used).map(|(id, _)| *id);
            if let Some(id) = out {
                self.used.remove(&id);
            }
        }
        self.used.insert(id, self.clock);
        (false, out)
    }

    /// A statement that was to be parsed and was not.
    pub(super) fn forget(&mut self, id: u64) {
        self.used.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_was_not_used_for_longest_makes_room() {
        let mut prepared = Prepared::default();
        for id in 0..Prepared::MOST as u64 {
            assert_eq!(prepared.touch(id), (false, None));
        }
        assert_eq!(prepared.touch(0), (true, None));
        assert_eq!(prepared.touch(9999), (false, Some(1)));
        assert_eq!(prepared.touch(1), (false, Some(2)));
    }

    #[test]
    fn the_pace_of_a_statement_is_learnt() {
        let registry = Registry::new();
        let sql = Sql::from("SELECT 1");
        let one = registry.add(&sql, Vec::new(), Arc::new([]), true);
        assert_eq!(one.pace(), None);
        one.learn(Duration::from_millis(100));
        assert_eq!(one.pace(), Some(Duration::from_millis(100)));
        for _ in 0..5 {
            one.learn(Duration::from_micros(100));
        }
        assert!(one.pace().unwrap() < Duration::from_millis(5));
        one.learn(Duration::from_millis(80));
        assert!(one.pace().unwrap() < Duration::from_millis(20), "one outlier makes it no slow statement");
    }

    #[test]
    fn a_forgotten_statement_comes_back_under_another_name() {
        let registry = Registry::new();
        let sql = Sql::from("SELECT 1");
        let first = registry.add(&sql, Vec::new(), Arc::new([]), true);
        assert_eq!(registry.find(&sql).unwrap().name, first.name);
        registry.forget(&sql);
        assert!(registry.find(&sql).is_none());
        let second = registry.add(&sql, Vec::new(), Arc::new([]), true);
        assert_ne!(second.name, first.name);
    }

    #[test]
    fn only_so_many_are_known() {
        let registry = Registry::new();
        for n in 0..=KNOWN {
            let sql = Sql::vouched(format!("SELECT {n}"));
            registry.add(&sql, Vec::new(), Arc::new([]), true);
        }
        assert!(registry.find(&Sql::from("SELECT 0")).is_none());
        assert!(registry.find(&Sql::vouched(format!("SELECT {KNOWN}"))).is_some());
    }
}
