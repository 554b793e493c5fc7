//! The task behind a connection: writes what was given to it, as much at a time as there is, and hands each unit the
//! bytes of its answer.

mod answers;

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::Instant,
};

use bytes::{Buf, BytesMut};
use postgres_protocol::message::frontend;
use tokio::{
    io::{AsyncReadExt, AsyncWrite},
    time::{Sleep, sleep},
};

use super::{
    cancel::{Cancel, Progress, Sureness, Times},
    connect::{Opened, Place},
    encode,
    fault::Fault,
    frames,
    hub::Hub,
    link::{Link, Steps, Unit},
    statement::Prepared,
    stream::Stream,
    ticket::{Outcome, Ticket},
};

/// A write buffer with more than this takes in no further units.
const FULL: usize = 1 << 20;

/// A unit that was written.
struct Flight {
    ticket: Arc<Ticket>,
    steps: Steps,
    parsed: u64,
    alone: bool,
    repeatable: bool,
    /// Where in all that was ever written it begins.
    begins: u64,
}

pub(super) struct Driver {
    hub: Arc<Hub>,
    link: Arc<Link>,
    stream: Stream,
    place: Place,
    key: (i32, i32),
    read: BytesMut,
    /// How much of `read` was looked at: whole messages of the unit at the head.
    seen: usize,
    /// The answer at the head is too large and thrown away as it comes.
    discarding: bool,
    write: BytesMut,
    unflushed: bool,
    /// So many bytes have left so far.
    written: u64,
    taken: VecDeque<Unit>,
    flight: VecDeque<Flight>,
    head_since: Instant,
    /// So many units were answered.
    done: u64,
    /// A unit that was written may have lost its caller.
    watchful: bool,
    prepared: Prepared,
    cancel: Cancel,
    idle: Option<Pin<Box<Sleep>>>,
    old: Pin<Box<Sleep>>,
    ended: Option<Fault>,
}

impl Driver {
    pub(super) fn new(hub: Arc<Hub>, link: Arc<Link>, opened: Opened) -> Self {
        let lifetime = hub.options.lifetime.mul_f64(0.9 + fastrand::f64() * 0.2);
        Self {
            hub,
            link,
            stream: opened.stream,
            place: opened.place,
            key: opened.key,
            read: opened.buffer,
            seen: 0,
            discarding: false,
            write: BytesMut::with_capacity(16 * 1024),
            unflushed: false,
            written: 0,
            taken: VecDeque::new(),
            flight: VecDeque::new(),
            head_since: Instant::now(),
            done: 0,
            watchful: false,
            prepared: Prepared::default(),
            cancel: Cancel::default(),
            idle: None,
            old: Box::pin(sleep(lifetime)),
            ended: None,
        }
    }

    /// Works until the connection ends.
    pub(super) async fn run(mut self) {
        self.hub.refill(&self.link);
        let fault = poll_fn(|cx| self.poll(cx)).await;
        self.ended = fault.err();
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        self.link.waker.register(cx.waker());
        if self.link.distrusted.load(Ordering::Acquire) {
            return Poll::Ready(Err(Fault::Protocol("an answer that makes no sense")));
        }
        loop {
            // First what came: a connection that has ended is to be given nothing more.
            let read = self.poll_read(cx)?;
            self.poll_cancel(cx)?;
            self.take_units()?;
            let wrote = self.poll_write(cx)?;
            if !wrote && !read {
                break;
            }
        }
        self.poll_end(cx)
    }

    /// Puts what was given to this connection into the write buffer.
    fn take_units(&mut self) -> Result<(), Fault> {
        if self.write.len() >= FULL || self.cancel.is_asked() {
            return Ok(());
        }
        self.link.take(&mut self.taken);
        while let Some(unit) = self.taken.pop_front() {
            if !unit.ticket.send() {
                // Its caller has gone, and the server never hears of it.
                self.release(unit.alone);
                continue;
            }
            if self.flight.is_empty() {
                self.begin_head(Instant::now());
            }
            let begins = self.written + self.write.len() as u64;
            let parsed = self.put(&unit)?;
            self.flight.push_back(Flight {
                ticket: unit.ticket,
                steps: unit.steps,
                parsed,
                alone: unit.alone,
                repeatable: unit.repeatable,
                begins,
            });
        }
        Ok(())
    }

    /// Writes one unit, each of its statements with its Parse where this connection does not know it. The bits of the
    /// result are the statements that were parsed.
    fn put(&mut self, unit: &Unit) -> Result<u64, Fault> {
        let odd = |_| Fault::Protocol("a statement can't be written");
        let (head, body) = unit.bytes.split_at_checked(unit.head).unwrap_or_default();
        if let Some(statement) = &unit.context
            && !self.hub.options.unnamed
            && let (false, closed) = self.prepared.touch(statement.id)
        {
            encode::introduce(statement, closed, &mut self.write).map_err(odd)?;
        }
        self.write.extend_from_slice(head);
        let mut parsed = 0;
        if unit.named {
            for (at, statement) in unit.steps.iter().enumerate() {
                if let (false, closed) = self.prepared.touch(statement.id) {
                    encode::introduce(statement, closed, &mut self.write).map_err(odd)?;
                    parsed |= 1 << at;
                }
            }
        }
        self.write.extend_from_slice(body);
        Ok(parsed)
    }

    fn begin_head(&mut self, now: Instant) {
        self.head_since = now;
        self.link.set_head(Some(now));
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<bool, Fault> {
        let mut wrote = false;
        while !self.write.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, &self.write) {
                Poll::Ready(Ok(0)) => return Err(io::Error::from(io::ErrorKind::WriteZero).into()),
                Poll::Ready(Ok(count)) => {
                    self.write.advance(count);
                    self.written += count as u64;
                    wrote = true;
                }
                Poll::Ready(Err(error)) => return Err(self.reason(error)),
                Poll::Pending => break,
            }
        }
        self.unflushed |= wrote;
        if self.unflushed {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Err(self.reason(error)),
                Poll::Pending => {}
            }
        }
        Ok(wrote)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Result<bool, Fault> {
        if self.read.capacity() - self.read.len() < 4096 {
            self.read.reserve(32 * 1024);
        }
        let read = pin!(self.stream.read_buf(&mut self.read)).poll(cx);
        match read {
            Poll::Pending => Ok(false),
            Poll::Ready(Err(error)) => Err(self.reason(error)),
            Poll::Ready(Ok(0)) => Err(self.reason(io::ErrorKind::UnexpectedEof.into())),
            Poll::Ready(Ok(_)) => self.scan().map(|()| true),
        }
    }

    /// Has the server stop the unit at the head when its caller has gone.
    ///
    /// A request to cancel names a session, not a statement: what runs there when it arrives is hit. So nothing is sent
    /// from before it is asked until it has arrived and everything sent before is answered, and those who waited behind
    /// the head and were hit instead are sent again: being refused, they had no effect.
    fn poll_cancel(&mut self, cx: &mut Context<'_>) -> Result<(), Fault> {
        self.watchful |= self.link.abandoned.swap(false, Ordering::AcqRel);
        if !self.watchful {
            return Ok(());
        }
        let gone = self.discarding || self.flight.front().is_some_and(|head| head.ticket.is_abandoned());
        let followers_repeatable = self.flight.iter().skip(1).all(|flight| flight.repeatable);
        let over = self.flight.is_empty();
        let sureness = Sureness { head: self.done, gone, may_ask: followers_repeatable, over };
        let times = Times { grace: self.hub.slow(), patience: self.hub.options.connect_timeout };
        match self.cancel.poll(cx, sureness, times, || {
            self.link.shut(true);
            (self.hub.clone(), self.place.clone(), self.key)
        }) {
            Progress::Waiting => {}
            Progress::Dead => return Err(Fault::TimedOut),
            Progress::Failed => self.link.retiring.store(true, Ordering::Release),
            Progress::Over if self.hub.options.pooled => {
                // Nobody knows which server's process a pooler passed the request on to, and when.
                self.link.retiring.store(true, Ordering::Release);
            }
            Progress::Over => {
                self.link.shut(false);
                self.hub.refill(&self.link);
            }
            Progress::Nothing => {
                self.watchful = self.flight.iter().any(|flight| flight.ticket.is_abandoned());
            }
        }
        Ok(())
    }

    /// Why the connection ended: what the server said before it went, or how the socket failed.
    fn reason(&self, error: io::Error) -> Fault {
        frames::last_words(&self.read).unwrap_or_else(|| error.into())
    }

    /// The connection's end: nothing is on the way any more, and it is old, or one too many, or nobody wants it.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        if self.old.as_mut().poll(cx).is_ready() && !self.link.retiring.swap(true, Ordering::AcqRel) {
            self.link.shut(true);
        }
        let quiet = self.flight.is_empty() && self.write.is_empty();
        if !quiet || self.link.in_flight() > 0 {
            self.idle = None;
        } else if self.idle.is_none() && self.hub.is_spare() {
            self.idle = Some(Box::pin(sleep(self.hub.options.idle)));
        }
        if let Some(idle) = &mut self.idle
            && idle.as_mut().poll(cx).is_ready()
        {
            self.idle = None;
            if self.hub.is_spare() {
                self.link.retiring.store(true, Ordering::Release);
            }
        }
        if !quiet || !self.link.retiring.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        frontend::terminate(&mut self.write);
        // A courtesy: whether it arrives changes nothing.
        drop(self.poll_write(cx));
        Poll::Ready(Ok(()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let fault = self.ended.take().unwrap_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof).into());
        let mut unsent = std::mem::take(&mut self.taken);
        unsent.append(&mut self.link.close());
        for flight in self.flight.drain(..) {
            let outcome = match flight.begins < self.written {
                true => Outcome::Failed(fault.clone()),
                // Not a byte of it has left.
                false => Outcome::Again,
            };
            flight.ticket.finish(outcome);
        }
        self.hub.bury(&self.link, unsent);
    }
}
