//! One connection as those who send on it see it.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::BytesMut;
use futures_util::task::AtomicWaker;

use super::{statement::Statement, ticket::Ticket};

/// Context and statements of one implicit transaction, ready to be written.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) ticket: Arc<Ticket>,
    /// The statement that takes the context on, and its Bind and Execute.
    pub(super) context: Option<(Arc<Statement>, BytesMut)>,
    /// Whether its statements go by their names, and are to be introduced to a connection that does not know them.
    pub(super) named: bool,
    /// The statements; empty where one is only looked at.
    pub(super) steps: Vec<Arc<Statement>>,
    /// Bind and Execute of each, and Sync.
    pub(super) body: BytesMut,
    /// Whether nothing is to be sent behind it: it is known to be slow, or nobody knows.
    pub(super) alone: bool,
    /// Whether it may be sent a second time after the server refused it.
    pub(super) repeatable: bool,
}

/// How long a unit is likely to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Quick,
    Slow,
    Unknown,
}

impl Unit {
    /// What is known of its statements. Looking at a statement is quick.
    pub(super) fn pace(&self, slow: Duration) -> Pace {
        let mut pace = Pace::Quick;
        for statement in &self.steps {
            match statement.pace() {
                Some(took) if took > slow => return Pace::Slow,
                Some(_) => {}
                None => pace = Pace::Unknown,
            }
        }
        pace
    }
}

#[derive(Debug)]
struct Outbox {
    units: VecDeque<Unit>,
    open: bool,
}

/// The sending side of a connection.
pub(super) struct Link {
    pub(super) id: u64,
    outbox: Mutex<Outbox>,
    pub(super) waker: AtomicWaker,
    /// Units that were given to it and have no answer yet.
    in_flight: AtomicUsize,
    /// Since when the unit at the head is the server's, in microseconds since `epoch`; 0 when there is none.
    head: AtomicU64,
    /// No more units for now: one works alone, a cancel request is on the way, or it is to be closed.
    shut: AtomicBool,
    /// A caller has given up a unit that was written.
    pub(super) abandoned: AtomicBool,
    /// It is to be closed as soon as nothing is on the way.
    pub(super) retiring: AtomicBool,
    /// It has answered what makes no sense.
    pub(super) distrusted: AtomicBool,
    epoch: Instant,
}

impl Link {
    pub(super) fn new(id: u64) -> Self {
        Self {
            id,
            outbox: Mutex::new(Outbox { units: VecDeque::new(), open: true }),
            waker: AtomicWaker::new(),
            in_flight: AtomicUsize::new(0),
            head: AtomicU64::new(0),
            shut: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            retiring: AtomicBool::new(false),
            distrusted: AtomicBool::new(false),
            epoch: Instant::now(),
        }
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives it a unit; gives the unit back when the connection has ended.
    pub(super) fn push(&self, unit: Unit) -> Result<(), Unit> {
        let mut outbox = self.outbox();
        if !outbox.open {
            return Err(unit);
        }
        if unit.alone {
            self.shut.store(true, Ordering::Release);
        }
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        outbox.units.push_back(unit);
        drop(outbox);
        self.waker.wake();
        Ok(())
    }

    /// What is to be written next.
    pub(super) fn take(&self, into: &mut VecDeque<Unit>) {
        into.append(&mut self.outbox().units);
    }

    /// Ends it: gives back what was not taken.
    pub(super) fn close(&self) -> VecDeque<Unit> {
        let mut outbox = self.outbox();
        outbox.open = false;
        std::mem::take(&mut outbox.units)
    }

    /// One unit less is on the way.
    pub(super) fn done(&self) {
        self.in_flight.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    /// A unit came to the head, or none is left.
    pub(super) fn set_head(&self, since: Option<Instant>) {
        let micros = since.map_or(0, |since| self.micros(since).max(1));
        self.head.store(micros, Ordering::Release);
    }

    /// For how long the server has been at the unit at the head.
    pub(super) fn head_age(&self, now: Instant) -> Duration {
        match self.head.load(Ordering::Acquire) {
            0 => Duration::ZERO,
            since => Duration::from_micros(self.micros(now).saturating_sub(since)),
        }
    }

    fn micros(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.epoch).as_micros()).unwrap_or(u64::MAX)
    }

    pub(super) fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Acquire)
    }

    pub(super) fn shut(&self, shut: bool) {
        self.shut.store(shut, Ordering::Release);
    }
}
