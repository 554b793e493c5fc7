//! Leaves a Redis alone that failed several times in a row, and tries it again with one question at a time.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How many failures in a row open it.
const FAILURES: u32 = 5;

/// How long it stays open after it opened for the first time; doubled each time a probe fails.
const FIRST: Duration = Duration::from_millis(250);

/// How long it stays open at most.
const LONGEST: Duration = Duration::from_secs(5);

/// Closed: everything passes. Open: nothing passes. When its time is over, one question passes as a probe, whose answer
/// closes it or opens it again for twice the time.
#[derive(Debug)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Clone, Copy)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant, stays: Duration },
    Probing { stays: Duration },
}

/// What a change of the breaker was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Opened,
    Closed,
}

/// Leave to ask once. Dropped without an outcome (the asker was cancelled), a probe may be made by another.
#[derive(Debug)]
pub(crate) struct Leave<'b> {
    breaker: &'b Breaker,
    probe: bool,
    told: bool,
}

impl Breaker {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State::Closed { failures: 0 }))
    }

    /// Leave to ask, or `None` when it is open.
    pub(crate) fn admit(&self) -> Option<Leave<'_>> {
        let mut state = self.state();
        let probe = match *state {
            State::Closed { .. } => false,
            State::Open { until, stays } if Instant::now() >= until => {
                *state = State::Probing { stays };
                true
            }
            State::Open { .. } | State::Probing { .. } => return None,
        };
        drop(state);
        Some(Leave { breaker: self, probe, told: false })
    }

    /// Whether nothing passes just now.
    pub(crate) fn is_open(&self) -> bool {
        !matches!(*self.state(), State::Closed { .. })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leave<'_> {
    /// Redis answered, whatever it said.
    pub(crate) fn answered(mut self) -> Option<Change> {
        self.told = true;
        let mut state = self.breaker.state();
        match *state {
            State::Probing { .. } if self.probe => {
                *state = State::Closed { failures: 0 };
                Some(Change::Closed)
            }
            State::Closed { .. } => {
                *state = State::Closed { failures: 0 };
                None
            }
            // An answer to what was asked before it opened.
            State::Open { .. } | State::Probing { .. } => None,
        }
    }

    /// Redis did not answer.
    pub(crate) fn failed(mut self) -> Option<Change> {
        self.told = true;
        let mut state = self.breaker.state();
        match *state {
            State::Closed { failures } if failures + 1 < FAILURES => {
                *state = State::Closed { failures: failures + 1 };
                None
            }
            State::Closed { .. } => {
                *state = open_for(FIRST);
                Some(Change::Opened)
            }
            State::Probing { stays } if self.probe => {
                *state = open_for((stays * 2).min(LONGEST));
                Some(Change::Opened)
            }
            State::Open { .. } | State::Probing { .. } => None,
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.probe && !self.told {
            let mut state = self.breaker.state();
            if let State::Probing { stays } = *state {
                *state = State::Open { until: Instant::now(), stays };
            }
        }
    }
}

/// With a little jitter, so that the processes of a service do not all probe at once.
fn open_for(stays: Duration) -> State {
    State::Open { until: Instant::now() + stays.mul_f64(0.8 + fastrand::f64() * 0.4), stays }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if this time had passed.
    fn let_pass(breaker: &Breaker, time: Duration) {
        let mut state = breaker.state();
        if let State::Open { until, stays } = *state {
            *state = State::Open { until: until.checked_sub(time).unwrap(), stays };
        }
    }

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.admit().unwrap().failed();
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_probes_with_one_question() {
        let breaker = Breaker::new();
        fail(&breaker, FAILURES - 1);
        breaker.admit().unwrap().answered();
        fail(&breaker, FAILURES - 1);
        assert!(!breaker.is_open(), "an answer in between starts the count anew");
        assert_eq!(breaker.admit().unwrap().failed(), Some(Change::Opened));
        assert!(breaker.admit().is_none());
        let_pass(&breaker, FIRST * 2);
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_none(), "one probe at a time");
        assert_eq!(probe.failed(), Some(Change::Opened));
        let_pass(&breaker, FIRST);
        assert!(breaker.admit().is_none(), "open for longer now");
        let_pass(&breaker, FIRST * 2);
        assert_eq!(breaker.admit().unwrap().answered(), Some(Change::Closed));
        assert!(breaker.admit().is_some() && breaker.admit().is_some());
    }

    #[test]
    fn a_probe_that_was_cancelled_does_not_keep_it_open() {
        let breaker = Breaker::new();
        fail(&breaker, FAILURES);
        let_pass(&breaker, FIRST * 2);
        drop(breaker.admit().unwrap());
        assert_eq!(breaker.admit().unwrap().answered(), Some(Change::Closed));
    }
}
