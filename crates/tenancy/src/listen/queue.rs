//! What waits for one subscriber.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// What a subscriber receives.
///
/// ```
/// use freehold_tenancy::listen::{Event, Gap};
///
/// fn to_read(event: Event) -> String {
///     match event {
///         Event::Notification(id) => format!("note {id}"),
///         Event::Gap(_) => "all notes".to_owned(),
///     }
/// }
///
/// assert_eq!(to_read(Event::Notification("7".to_owned())), "note 7");
/// assert_eq!(to_read(Event::Gap(Gap::Reconnected)), "all notes");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A text that was sent.
    Notification(String),
    /// Something may have been missed: read anew what you keep in memory. What is sent from now on is received.
    Gap(Gap),
}

/// Why something may have been missed.
///
/// ```
/// # use freehold_tenancy::listen::{self, Channel, Event, Gap, ListenOptions, Listener};
/// # freehold_tenancy_ground::with_ground(|ground| async move {
/// # let db = ground.db().await;
/// # let acme = freehold_tenancy_ground::tenant(1);
/// # let notes = Channel::new("notes")?;
/// let options = ListenOptions { capacity: 1, ..ListenOptions::default() };
/// let listener = Listener::connect_with(&ground.url("app_writer"), options).await?;
/// let mut slow = listener.subscribe(&acme, &notes).await?;
/// let mut quick = listener.subscribe(&acme, &notes).await?;
/// for id in ["7", "8"] {
///     listen::notify(&db.tenant(&acme), &notes, id).await?;
///     quick.next().await;
/// }
/// assert_eq!(slow.next().await, Some(Event::Notification("7".to_owned())));
/// assert_eq!(slow.next().await, Some(Event::Gap(Gap::Overflow)), "one may wait, and two came");
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Gap {
    /// The connection was lost, and has been made anew.
    Reconnected,
    /// The subscriber was slower than [`ListenOptions::capacity`](super::ListenOptions::capacity) allows.
    Overflow,
}

/// A bounded queue. After an overflow nothing is kept until the subscriber has seen it: reading anew makes up for all
/// of it.
#[derive(Debug)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    filled: Notify,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Inner {
    events: VecDeque<Event>,
    overflow: bool,
    closed: bool,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { inner: Mutex::default(), filled: Notify::new(), capacity }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, event: Event) {
        let mut inner = self.inner();
        if inner.overflow {
            return;
        }
        if inner.events.len() >= self.capacity {
            inner.overflow = true;
        } else {
            inner.events.push_back(event);
        }
        drop(inner);
        self.filled.notify_one();
    }

    pub(super) fn close(&self) {
        self.inner().closed = true;
        self.filled.notify_one();
    }

    pub(super) async fn next(&self) -> Option<Event> {
        loop {
            {
                let mut inner = self.inner();
                if let Some(event) = inner.events.pop_front() {
                    return Some(event);
                }
                if std::mem::take(&mut inner.overflow) {
                    return Some(Event::Gap(Gap::Overflow));
                }
                if inner.closed {
                    return None;
                }
            }
            // A push in between leaves a permit, so that this returns at once.
            self.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_subscriber_is_told_once_and_then_goes_on() {
        let text = |text: &str| Event::Notification(text.to_owned());
        let queue = Queue::new(2);
        for sent in ["a", "b", "c", "d"] {
            queue.push(text(sent));
        }
        assert_eq!(queue.next().await, Some(text("a")));
        queue.push(text("e"));
        assert_eq!(queue.next().await, Some(text("b")));
        assert_eq!(queue.next().await, Some(Event::Gap(Gap::Overflow)));
        queue.push(text("f"));
        queue.push(Event::Gap(Gap::Reconnected));
        queue.push(text("g"));
        assert_eq!(queue.next().await, Some(text("f")));
        assert_eq!(queue.next().await, Some(Event::Gap(Gap::Reconnected)));
        queue.close();
        assert_eq!(queue.next().await, Some(Event::Gap(Gap::Overflow)));
        assert_eq!(queue.next().await, None);
    }
}
