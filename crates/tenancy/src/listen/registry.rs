//! Who listens to what.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{
    channel::{Channel, parted},
    queue::{Event, Gap, Queue},
};

/// All subscribers of a listener.
#[derive(Debug, Default)]
pub(super) struct Registry {
    subscribers: Mutex<BTreeMap<u64, Subscriber>>,
    next: AtomicU64,
    connected: AtomicBool,
}

#[derive(Debug)]
struct Subscriber {
    channel: Channel,
    /// The tenant's tag; `None` across tenants.
    tag: Option<String>,
    queue: Arc<Queue>,
}

impl Registry {
    fn subscribers(&self) -> MutexGuard<'_, BTreeMap<u64, Subscriber>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, channel: &Channel, tag: Option<String>, queue: &Arc<Queue>) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let subscriber = Subscriber { channel: channel.clone(), tag, queue: Arc::clone(queue) };
        self.subscribers().insert(id, subscriber);
        id
    }

    /// Takes a subscriber away, and gives its channel when nobody else listens to that.
    pub(super) fn remove(&self, id: u64) -> Option<Channel> {
        let mut subscribers = self.subscribers();
        let gone = subscribers.remove(&id)?;
        let more = subscribers.values().any(|subscriber| subscriber.channel == gone.channel);
        (!more).then_some(gone.channel)
    }

    pub(super) fn has(&self, channel: &Channel) -> bool {
        self.subscribers().values().any(|subscriber| subscriber.channel == *channel)
    }

    /// The channels, each once.
    pub(super) fn channels(&self) -> Vec<Channel> {
        let mut channels: Vec<Channel> = self.subscribers().values().map(|s| s.channel.clone()).collect();
        channels.sort();
        channels.dedup();
        channels
    }

    /// Hands on what was received to those whom it is for. What has no tag is for nobody: it was not sent by
    /// [`notify`](super::notify).
    pub(super) fn dispatch(&self, channel: &str, received: &str) {
        let Some((tag, text)) = parted(received) else {
            tracing::debug!(channel, "a notification without a tenant's tag was dropped");
            return;
        };
        for subscriber in self.subscribers().values() {
            let meant = subscriber.tag.as_deref().is_none_or(|own| own == tag);
            if meant && subscriber.channel.name() == channel {
                subscriber.queue.push(Event::Notification(text.to_owned()));
            }
        }
    }

    pub(super) fn gap(&self, gap: Gap) {
        for subscriber in self.subscribers().values() {
            subscriber.queue.push(Event::Gap(gap));
        }
    }

    pub(super) fn close(&self) {
        self.connected.store(false, Ordering::Relaxed);
        for subscriber in self.subscribers().values() {
            subscriber.queue.close();
        }
    }

    pub(super) fn set_connected(&self, connected: bool) {
        self.connected.store(connected, Ordering::Relaxed);
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }
}
