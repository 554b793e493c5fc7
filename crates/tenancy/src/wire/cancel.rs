//! The steps of having the server stop what nobody waits for any more.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Sleep, sleep, timeout},
};

use super::{
    connect::{self, Place},
    hub::Hub,
};

/// Where a request to cancel the unit at the head is.
#[derive(Default)]
pub(super) enum Cancel {
    #[default]
    No,
    /// The unit is given this long to end by itself: a request costs a connection.
    Soon(Pin<Box<Sleep>>),
    /// The request is on its way.
    Asked(oneshot::Receiver<bool>),
    /// It has arrived; what was sent before it may still be hit.
    Arrived,
}

/// What is known of the units that were written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sureness {
    /// Nobody waits for the one at the head.
    pub(super) gone: bool,
    /// Those behind it can be sent again if they are hit.
    pub(super) may_ask: bool,
    /// None is left.
    pub(super) over: bool,
}

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is nothing to cancel.
    Nothing,
    Waiting,
    /// It is not known whether the request arrives, or when.
    Failed,
    /// Everything that might have been hit is answered.
    Over,
}

impl Cancel {
    /// Whether nothing may be sent for now.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self, Self::Asked(_) | Self::Arrived)
    }

    /// Goes on; `begin` is called when the request is to be made, and tells whom to ask.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        sureness: Sureness,
        grace: Duration,
        begin: impl FnOnce() -> (Arc<Hub>, Place, (i32, i32)),
    ) -> Progress {
        if matches!(self, Self::No) && sureness.gone {
            *self = Self::Soon(Box::pin(sleep(grace)));
        }
        if let Self::Soon(timer) = self {
            if !sureness.gone {
                *self = Self::No;
                return Progress::Nothing;
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Progress::Waiting;
            }
            if !sureness.may_ask {
                *self = Self::Soon(Box::pin(sleep(grace * 4)));
                cx.waker().wake_by_ref();
                return Progress::Waiting;
            }
            *self = Self::Asked(ask(begin()));
        }
        if let Self::Asked(answer) = self {
            match Pin::new(answer).poll(cx) {
                Poll::Pending => return Progress::Waiting,
                Poll::Ready(Ok(true)) => *self = Self::Arrived,
                Poll::Ready(_) => {
                    *self = Self::Arrived;
                    return Progress::Failed;
                }
            }
        }
        match self {
            Self::Arrived if sureness.over => {
                *self = Self::No;
                Progress::Over
            }
            Self::Arrived => Progress::Waiting,
            _ => Progress::Nothing,
        }
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
