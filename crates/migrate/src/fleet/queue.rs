//! Which target a worker takes next: one of the database that it is connected to, as long as there are any.

use std::collections::{HashSet, VecDeque};

/// Targets that wait, by database.
#[derive(Debug)]
pub(super) struct Queue {
    groups: Vec<Group>,
    /// Databases that no worker has been in yet.
    untouched: VecDeque<usize>,
}

#[derive(Debug)]
struct Group {
    waiting: VecDeque<usize>,
    workers: usize,
}

/// A target that was taken off the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// The number of its database.
    pub(super) database: usize,
    /// The number of the target.
    pub(super) target: usize,
}

impl Queue {
    pub(super) fn new(groups: Vec<Vec<usize>>) -> Self {
        let untouched = (0..groups.len()).collect();
        let groups =
            groups.into_iter().map(|waiting| Group { waiting: waiting.into(), workers: 0 }).collect();
        Self { groups, untouched }
    }

    /// The next target for a worker that is in the database `at`. Another database is one that nobody is in yet, else
    /// the one with the most work for each worker.
    pub(super) fn next(&mut self, at: Option<usize>) -> Option<Taken> {
        if let Some(database) = at {
            if let Some(taken) = self.take(database) {
                return Some(taken);
            }
            if let Some(group) = self.groups.get_mut(database) {
                group.workers = group.workers.saturating_sub(1);
            }
        }
        let database = self.untouched.pop_front().or_else(|| self.busiest())?;
        if let Some(group) = self.groups.get_mut(database) {
            group.workers += 1;
        }
        self.take(database)
    }

    /// The targets that nobody has taken.
    pub(super) fn waiting(&self) -> HashSet<usize> {
        self.groups.iter().flat_map(|group| &group.waiting).copied().collect()
    }

    fn take(&mut self, database: usize) -> Option<Taken> {
        let target = self.groups.get_mut(database)?.waiting.pop_front()?;
        Some(Taken { database, target })
    }

    fn busiest(&self) -> Option<usize> {
        let waiting = self.groups.iter().enumerate().filter(|(_, group)| !group.waiting.is_empty());
        waiting.max_by_key(|(_, group)| group.waiting.len() / (group.workers + 1)).map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_stays_in_its_database_and_the_next_one_begins_another() {
        let mut queue = Queue::new(vec![vec![0, 2], vec![1, 3, 4]]);
        let first = queue.next(None).unwrap();
        assert_eq!(first, Taken { database: 0, target: 0 });
        assert_eq!(queue.next(None), Some(Taken { database: 1, target: 1 }));
        assert_eq!(queue.next(Some(0)), Some(Taken { database: 0, target: 2 }));
        // Nothing is left in the first: it helps in the second.
        assert_eq!(queue.next(Some(0)), Some(Taken { database: 1, target: 3 }));
        assert_eq!(queue.next(Some(1)), Some(Taken { database: 1, target: 4 }));
        assert!(queue.waiting().is_empty());
        assert_eq!(queue.next(Some(1)), None);
    }

    #[test]
    fn a_free_worker_goes_where_the_most_work_is_for_each() {
        let mut queue = Queue::new(vec![vec![0, 1, 2], (10..20).collect()]);
        queue.next(None);
        queue.next(None);
        assert_eq!(queue.next(None).map(|taken| taken.database), Some(1));
        assert_eq!(queue.next(None).map(|taken| taken.database), Some(1));
    }
}
