//! What a caller holds while its unit is on the way, and what a connection fills in.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use super::fault::Fault;

/// What became of a unit.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The server's messages, from the first to its `ReadyForQuery`, and which statements were parsed on this trip
    /// (bit 0 is the first of the unit), and on which connection.
    Answer { bytes: Bytes, parsed: u64, link: u64 },
    /// It had no effect and may be sent again: the connection that was to take it went away, or the unit was hit by a
    /// cancel request that was meant for the one before it.
    Again,
    /// It failed below the level of the server's answers.
    Failed(Fault),
}

/// Where a unit was when its caller gave it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abandoned {
    /// Not written: it never will be.
    Unsent,
    /// Written: the server works on it, or will.
    Sent,
    /// The answer was there already.
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Queued,
    Sent,
    Done,
    Abandoned,
}

#[derive(Debug)]
struct Inner {
    stage: Stage,
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

/// One place for one outcome.
#[derive(Debug)]
pub(super) struct Ticket(Mutex<Inner>);

impl Ticket {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Inner { stage: Stage::Queued, outcome: None, waker: None }))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks it as written; `false` when its caller has gone, so that it must not be.
    pub(super) fn send(&self) -> bool {
        let mut inner = self.lock();
        let live = inner.stage == Stage::Queued;
        if live {
            inner.stage = Stage::Sent;
        }
        live
    }

    /// Whether its caller has gone.
    pub(super) fn is_abandoned(&self) -> bool {
        self.lock().stage == Stage::Abandoned
    }

    /// Whether it has not been written and is still wanted.
    pub(super) fn is_queued(&self) -> bool {
        self.lock().stage == Stage::Queued
    }

    /// Hands the outcome over, unless the caller has gone.
    pub(super) fn finish(&self, outcome: Outcome) {
        let mut inner = self.lock();
        if matches!(inner.stage, Stage::Abandoned | Stage::Done) {
            return;
        }
        inner.stage = Stage::Done;
        inner.outcome = Some(outcome);
        let waker = inner.waker.take();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The caller gives up.
    pub(super) fn abandon(&self) -> Abandoned {
        let mut inner = self.lock();
        let was = match inner.stage {
            Stage::Queued => Abandoned::Unsent,
            Stage::Sent => Abandoned::Sent,
            Stage::Done | Stage::Abandoned => return Abandoned::Done,
        };
        inner.stage = Stage::Abandoned;
        inner.waker = None;
        was
    }

    /// The outcome, once.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<Outcome> {
        let mut inner = self.lock();
        if let Some(outcome) = inner.outcome.take() {
            return Poll::Ready(outcome);
        }
        if !inner.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            inner.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_that_was_given_up_is_never_sent() {
        let ticket = Ticket::new();
        assert_eq!(ticket.abandon(), Abandoned::Unsent);
        assert!(!ticket.send());
        let ticket = Ticket::new();
        assert!(ticket.send());
        assert_eq!(ticket.abandon(), Abandoned::Sent);
        assert!(ticket.is_abandoned());
    }
}
