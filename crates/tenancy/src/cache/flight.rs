//! One load at a time for each key within the process: whoever comes meanwhile waits for it.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::sync::watch;

/// Loads that are under way, by key.
#[derive(Debug, Default)]
pub(crate) struct Flights(Arc<Mutex<HashMap<String, watch::Receiver<State>>>>);

/// How a load ended.
#[derive(Debug, Clone)]
pub(crate) enum Landed {
    /// With a value in the cache's format.
    Value(Bytes),
    /// With an error of the loader's.
    Failed(Arc<dyn Any + Send + Sync>),
    /// The loader's caller went away.
    Left,
}

#[derive(Debug, Clone)]
enum State {
    Running,
    Landed(Landed),
}

/// What somebody who wants a value is.
pub(crate) enum Seat {
    /// The one who loads it.
    Leader(Leader),
    /// One who waits for it.
    Follower(Follower),
}

pub(crate) struct Leader {
    flights: Arc<Mutex<HashMap<String, watch::Receiver<State>>>>,
    key: String,
    state: watch::Sender<State>,
}

pub(crate) struct Follower(watch::Receiver<State>);

type Known<'k> = MutexGuard<'k, HashMap<String, watch::Receiver<State>>>;

fn locked(flights: &Mutex<HashMap<String, watch::Receiver<State>>>) -> Known<'_> {
    flights.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Flights {
    /// Takes a seat: the first one leads.
    pub(crate) fn board(&self, key: &str) -> Seat {
        let mut known = locked(&self.0);
        if let Some(state) = known.get(key) {
            return Seat::Follower(Follower(state.clone()));
        }
        let (state, seen) = watch::channel(State::Running);
        known.insert(key.to_owned(), seen);
        Seat::Leader(Leader { flights: self.0.clone(), key: key.to_owned(), state })
    }

    /// Lets nobody else wait for the load that is under way: what it brings may be old now.
    pub(crate) fn outdate(&self, key: &str) {
        locked(&self.0).remove(key);
    }
}

impl Leader {
    /// Tells everybody who waits.
    pub(crate) fn land(self, landed: Landed) {
        self.leave();
        self.state.send_replace(State::Landed(landed));
    }

    fn leave(&self) {
        let mut known = locked(&self.flights);
        // It may be another flight's by now.
        let is_ours = known.get(&self.key).is_some_and(|state| self.state.subscribe().same_channel(state));
        if is_ours {
            known.remove(&self.key);
        }
    }
}

/// Whoever waits sees that the channel was closed, and begins anew.
impl Drop for Leader {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Follower {
    /// Waits until the load has ended.
    pub(crate) async fn landed(mut self) -> Landed {
        let ended = self.0.wait_for(|state| matches!(state, State::Landed(_))).await;
        match ended.as_deref() {
            Ok(State::Landed(landed)) => landed.clone(),
            Ok(State::Running) | Err(_) => Landed::Left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leader(flights: &Flights) -> Leader {
        match flights.board("k") {
            Seat::Leader(leader) => leader,
            Seat::Follower(_) => panic!("somebody leads already"),
        }
    }

    fn follower(flights: &Flights) -> Follower {
        match flights.board("k") {
            Seat::Leader(_) => panic!("nobody leads"),
            Seat::Follower(follower) => follower,
        }
    }

    #[tokio::test]
    async fn those_who_wait_get_what_the_first_one_loaded() {
        let flights = Flights::default();
        let first = leader(&flights);
        let waiting = [follower(&flights), follower(&flights)];
        first.land(Landed::Value(Bytes::from_static(b"v")));
        for follower in waiting {
            assert!(matches!(follower.landed().await, Landed::Value(bytes) if bytes == "v"));
        }
        drop(leader(&flights));
    }

    #[tokio::test]
    async fn when_the_first_one_leaves_another_may_lead() {
        let flights = Flights::default();
        let first = leader(&flights);
        let waiting = follower(&flights);
        drop(first);
        assert!(matches!(waiting.landed().await, Landed::Left));
        drop(leader(&flights));
    }

    #[tokio::test]
    async fn nobody_joins_a_load_that_is_out_of_date() {
        let flights = Flights::default();
        let old = leader(&flights);
        flights.outdate("k");
        let new = leader(&flights);
        old.land(Landed::Left);
        let waiting = follower(&flights);
        new.land(Landed::Value(Bytes::from_static(b"new")));
        assert!(matches!(waiting.landed().await, Landed::Value(bytes) if bytes == "new"));
    }
}
