//! Handing a unit over, and waiting for what becomes of it.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
};

use tokio::time::{Instant, timeout_at};

use super::{
    Wire,
    hub::Hub,
    link::Unit,
    ticket::{Abandoned, Outcome, Ticket},
};
use crate::{Error, context::Context};

impl Wire {
    /// Hands a unit over and waits for its outcome. Dropped meanwhile, the unit is not sent, or its answer is thrown away
    /// and the server told to stop.
    pub(super) async fn deliver(&self, context: &Context, unit: Unit) -> Result<Outcome, Error> {
        let guard = Guard { hub: &self.hub, ticket: unit.ticket.clone() };
        let waits = self.hub.submit(unit)?;
        let outcome = poll_fn(|cx| guard.ticket.poll(cx));
        if !waits && context.deadline.is_none() {
            return Ok(outcome.await);
        }
        self.wait(context, &guard, waits, pin!(outcome)).await
    }

    async fn wait(
        &self,
        context: &Context,
        guard: &Guard<'_>,
        waits: bool,
        mut outcome: Pin<&mut impl Future<Output = Outcome>>,
    ) -> Result<Outcome, Error> {
        let begun = Instant::now();
        let patience = begun + self.hub.options.patience;
        let first = context.deadline.map_or(patience, |deadline| deadline.min(patience));
        if waits {
            match timeout_at(first, outcome.as_mut()).await {
                Ok(outcome) => return Ok(outcome),
                Err(_) if guard.ticket.is_queued() && first == patience => {
                    return Err(self.hub.why_waiting(begun.elapsed()));
                }
                Err(_) => {}
            }
        }
        match context.deadline {
            None => Ok(outcome.await),
            Some(deadline) => timeout_at(deadline, outcome).await.map_err(|_| Error::Deadline),
        }
    }
}

/// Gives a unit up when its caller stops waiting.
struct Guard<'h> {
    hub: &'h Hub,
    ticket: Arc<Ticket>,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.ticket.abandon() == Abandoned::Sent {
            self.hub.look_for_abandoned();
        }
    }
}
