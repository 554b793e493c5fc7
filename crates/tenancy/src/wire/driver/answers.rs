//! What came back: answers are told apart and handed to those who wait.

use std::{sync::atomic::Ordering, time::Instant};

use bytes::Buf;

use super::{Driver, Flight};
use crate::wire::{fault::Fault, frames, ticket::Outcome};

impl Driver {
    /// Looks at what came, and hands out every answer that is complete.
    pub(super) fn scan(&mut self) -> Result<(), Fault> {
        let mut now = None;
        while let Some((tag, length)) = frames::head(self.read.get(self.seen..).unwrap_or_default())? {
            let end = self.seen + length;
            match tag {
                b'G' | b'H' | b'W' | b'd' | b'c' | b'K' | b'R' | b'v' => {
                    return Err(Fault::Protocol("a message that no unit is answered"));
                }
                _ => {}
            }
            if self.read.len() < end {
                if end > self.hub.options.largest_answer {
                    self.discard_large();
                }
                break;
            }
            let status = self.read.get(end - 1).copied();
            if tag == b'Z' {
                let now = *now.get_or_insert_with(Instant::now);
                self.complete(end, status, now)?;
                continue;
            }
            match self.flight.is_empty() {
                // Nobody asked: a notice, a changed parameter. A refusal stays to be found when the connection ends.
                true if tag != b'E' => self.read.advance(end),
                _ => self.seen = end,
            }
            if self.discarding {
                self.read.advance(std::mem::take(&mut self.seen));
            } else if self.seen > self.hub.options.largest_answer {
                self.discard_large();
            }
        }
        Ok(())
    }

    /// From here on the answer at the head is thrown away, and the server told to stop.
    fn discard_large(&mut self) {
        self.discarding = true;
        self.read.advance(std::mem::take(&mut self.seen));
        if let Some(flight) = self.flight.front() {
            flight.ticket.finish(Outcome::Failed(Fault::TooLarge(self.hub.options.largest_answer)));
        }
        self.link.abandoned.store(true, Ordering::Release);
    }

    /// The answer at the head ends at `end`.
    fn complete(&mut self, end: usize, status: Option<u8>, now: Instant) -> Result<(), Fault> {
        self.seen = 0;
        let bytes = frames::keep(&mut self.read, end);
        let Some(flight) = self.flight.pop_front() else {
            return Err(Fault::Protocol("an answer that nobody asked for"));
        };
        self.done += 1;
        let took = now.saturating_duration_since(self.head_since);
        self.hub.learn(took);
        for statement in &flight.steps {
            statement.learn(took);
        }
        if self.discarding {
            self.discarding = false;
        } else if !matches!(status, Some(b'I' | b'T' | b'E')) {
            self.flight.push_front(flight);
            return Err(Fault::Protocol("a state of a session that is none"));
        } else if status != Some(b'I') {
            flight.ticket.finish(Outcome::Failed(Fault::LeftOpen));
            return Err(Fault::LeftOpen);
        } else if self.was_hit(&flight, &bytes) {
            flight.ticket.finish(Outcome::Again);
        } else {
            self.unlearn(&flight, &bytes);
            flight.ticket.finish(Outcome::Answer { bytes, parsed: flight.parsed, link: self.link.id });
        }
        if self.flight.is_empty() {
            self.link.set_head(None);
        } else {
            self.begin_head(now);
        }
        self.release(flight.alone);
        Ok(())
    }

    /// One unit less on the way.
    pub(super) fn release(&mut self, alone: bool) {
        self.link.done();
        if alone && !self.cancel.is_asked() {
            self.link.shut(false);
        }
        if !self.cancel.is_asked() {
            self.hub.refill(&self.link);
        }
    }

    /// Whether a unit was refused because of a request to cancel that was meant for the one before it. Being refused, it
    /// had no effect.
    fn was_hit(&self, flight: &Flight, bytes: &[u8]) -> bool {
        self.cancel.is_asked()
            && flight.repeatable
            && !flight.ticket.is_abandoned()
            && frames::refusal_in(bytes).is_some_and(|error| error.sqlstate().code() == "57014")
    }

    /// Statements that were to be parsed and may not have been, because the server refused something before.
    fn unlearn(&mut self, flight: &Flight, bytes: &[u8]) {
        if flight.parsed == 0 || frames::refusal_in(bytes).is_none() {
            return;
        }
        for (at, statement) in flight.steps.iter().enumerate() {
            if flight.parsed & (1 << at) != 0 {
                self.prepared.forget(statement.id);
            }
        }
    }
}
