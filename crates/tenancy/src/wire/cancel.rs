//! The steps of having the server stop what nobody waits for any more.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tokio::{
    sync::oneshot,
    time::{Sleep, sleep, timeout},
};

use super::{
    connect::{self, Place},
    hub::Hub,
};

/// A request to cancel the unit at the head, and what follows from it.
#[derive(Default)]
pub(super) struct Cancel {
    step: Step,
    /// Which unit the step is about.
    head: u64,
    /// A request was made, and of what was sent before it not everything is answered.
    quarantine: bool,
    /// Since when the unit at the head was asked to end.
    since: Option<Instant>,
}

/// A request is repeated at this pace.
const AGAIN: Duration = Duration::from_millis(250);

#[derive(Default)]
enum Step {
    #[default]
    No,
    /// The unit is given this long to end by itself: a request costs a connection.
    Soon(Pin<Box<Sleep>>),
    /// The request is on its way.
    Asked(oneshot::Receiver<bool>),
    /// It has arrived, or is known not to; what was sent before it may still be hit. At the end of this time it is asked
    /// again: a pooler drops a request for a statement that waits for a server's process.
    Arrived(Pin<Box<Sleep>>),
}

/// What is known of the units that were written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sureness {
    /// Which unit is at the head.
    pub(super) head: u64,
    /// Nobody waits for the one at the head.
    pub(super) gone: bool,
    /// Those behind it can be sent again if they are hit.
    pub(super) may_ask: bool,
    /// None is left.
    pub(super) over: bool,
}

/// How long each side is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    /// For the unit to end by itself.
    pub(super) grace: Duration,
    /// For the server to answer after it was asked for the first time.
    pub(super) patience: Duration,
}

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is nothing to cancel.
    Nothing,
    Waiting,
    /// It is not known whether the request arrives, or when.
    Failed,
    /// It was asked in vain: the server says nothing any more.
    Dead,
    /// Everything that might have been hit is answered.
    Over,
}

impl Cancel {
    /// Whether nothing may be sent for now.
    pub(super) fn is_asked(&self) -> bool {
        self.quarantine
    }

    /// Goes on; `begin` is called when the request is to be made, and tells whom to ask.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        sureness: Sureness,
        times: Times,
        begin: impl FnOnce() -> (Arc<Hub>, Place, (i32, i32)),
    ) -> Progress {
        if let Step::Asked(answer) = &mut self.step {
            let Poll::Ready(arrived) = Pin::new(answer).poll(cx) else { return Progress::Waiting };
            self.step = Step::Arrived(Box::pin(sleep(AGAIN)));
            if arrived != Ok(true) {
                cx.waker().wake_by_ref();
                return Progress::Failed;
            }
        }
        if sureness.over || self.head != sureness.head {
            // What it was about has been answered.
            self.head = sureness.head;
            self.step = Step::No;
            self.since = None;
        }
        if sureness.over && std::mem::take(&mut self.quarantine) {
            return Progress::Over;
        }
        if matches!(self.step, Step::No) && sureness.gone {
            self.step = Step::Soon(Box::pin(sleep(times.grace)));
        }
        if let Step::Soon(timer) = &mut self.step {
            if timer.as_mut().poll(cx).is_pending() {
                return Progress::Waiting;
            }
            if !sureness.may_ask {
                self.step = Step::Soon(Box::pin(sleep(times.grace * 4)));
                cx.waker().wake_by_ref();
                return Progress::Waiting;
            }
            return self.ask(cx, begin());
        }
        if let Step::Arrived(timer) = &mut self.step
            && sureness.gone
            && timer.as_mut().poll(cx).is_ready()
        {
            if self.since.is_some_and(|since| since.elapsed() > times.patience) {
                return Progress::Dead;
            }
            return self.ask(cx, begin());
        }
        if self.quarantine { Progress::Waiting } else { Progress::Nothing }
    }
}

impl Cancel {
    fn ask(&mut self, cx: &Context<'_>, whom: (Arc<Hub>, Place, (i32, i32))) -> Progress {
        self.quarantine = true;
        self.since.get_or_insert_with(Instant::now);
        self.step = Step::Asked(ask(whom));
        // To be polled once more, so that its end is noticed.
        cx.waker().wake_by_ref();
        Progress::Waiting
    }
}

fn ask((hub, place, key): (Arc<Hub>, Place, (i32, i32))) -> oneshot::Receiver<bool> {
    let (told, answer) = oneshot::channel();
    tokio::spawn(async move {
        let asked = timeout(hub.options.connect_timeout, connect::cancel(&hub.connect, &place, key)).await;
        if let Ok(Err(fault)) = &asked {
            tracing::warn!(%fault, "a statement that nobody waits for could not be cancelled");
        }
        // Unless the connection has ended meanwhile.
        told.send(matches!(asked, Ok(Ok(())))).ok();
    });
    answer
}
