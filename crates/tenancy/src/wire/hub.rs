//! Which connection takes a unit; opening more of them; and those that wait for one.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    connect,
    driver::Driver,
    fault::Fault,
    link::{Link, Pace, Unit},
    ticket::Outcome,
};
use crate::{Error, db::ConnectOptions};

/// How shared connections are kept.
#[derive(Debug, Clone)]
pub(crate) struct WireOptions {
    /// So many connections are open under load.
    pub(crate) connections: usize,
    /// So many may be open while slow statements hold some of them up.
    pub(crate) most: usize,
    /// So many units are on the way on one connection.
    pub(crate) window: usize,
    /// So many units wait while no connection takes them.
    pub(crate) waiting: usize,
    /// So long a unit waits for a connection.
    pub(crate) patience: Duration,
    /// So long one waits for a server to let one in.
    pub(crate) connect_timeout: Duration,
    /// A unit that takes longer holds up others.
    pub(crate) slow: Duration,
    /// A connection that is one too many is closed when nobody used it for so long.
    pub(crate) idle: Duration,
    /// A connection is closed at this age, give or take a tenth.
    pub(crate) lifetime: Duration,
    /// The largest answer that is taken.
    pub(crate) largest_answer: usize,
    /// Whether a pooler stands in between.
    pub(crate) pooled: bool,
    /// Whether no statement stays prepared there.
    pub(crate) unnamed: bool,
}

impl Default for WireOptions {
    fn default() -> Self {
        Self {
            connections: 4,
            most: 16,
            window: 32,
            waiting: 4096,
            patience: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            slow: Duration::from_millis(10),
            idle: Duration::from_secs(30),
            lifetime: Duration::from_secs(30 * 60),
            largest_answer: 256 << 20,
            pooled: false,
            unnamed: false,
        }
    }
}

#[derive(Default)]
struct State {
    links: Vec<Arc<Link>>,
    waiting: VecDeque<Unit>,
    opening: usize,
    next_id: u64,
    last_fault: Option<Fault>,
    closed: bool,
}

/// The connections of one login.
pub(super) struct Hub {
    pub(super) connect: ConnectOptions,
    pub(super) options: WireOptions,
    state: Mutex<State>,
    /// As many as `state.waiting` has, to be read without the lock.
    waiting: AtomicUsize,
    /// The quickest answer so far, in microseconds: the way there and back.
    floor: AtomicU64,
}

impl Hub {
    pub(super) fn new(connect: ConnectOptions, options: WireOptions) -> Self {
        Self {
            connect,
            options,
            state: Mutex::default(),
            waiting: AtomicUsize::new(0),
            floor: AtomicU64::new(u64::MAX),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From what age on a unit at the head holds up others: the option, and some round trips.
    pub(super) fn slow(&self) -> Duration {
        let floor = self.floor.load(Ordering::Relaxed);
        let floor = if floor == u64::MAX { 0 } else { floor };
        self.options.slow + Duration::from_micros(floor.saturating_mul(3))
    }

    /// Learns how long an answer takes at least.
    pub(super) fn learn(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if took < self.floor.load(Ordering::Relaxed) {
            self.floor.fetch_min(took, Ordering::Relaxed);
        }
    }

    /// Sends a unit on its way; `true` when it has to wait for a connection.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait already.
    pub(super) fn submit(self: &Arc<Self>, mut unit: Unit) -> Result<bool, Error> {
        let now = Instant::now();
        let mut state = self.state();
        while let Some(link) = self.choose(&state, &mut unit, now) {
            let busy = unit.alone || link.in_flight() > 0;
            match link.push(unit) {
                Ok(()) => {
                    if busy {
                        self.grow(&mut state, now);
                    }
                    return Ok(false);
                }
                Err(back) => {
                    unit = back;
                    state.links.retain(|one| one.id != link.id);
                }
            }
        }
        if state.closed {
            return Err(Fault::Closed.into_error(false, || self.connect.to()));
        }
        if state.waiting.len() >= self.options.waiting {
            return Err(Error::Busy { waited: Duration::ZERO });
        }
        state.waiting.push_back(unit);
        self.waiting.store(state.waiting.len(), Ordering::Release);
        self.grow(&mut state, now);
        Ok(true)
    }

    /// The connection with the least to do that nothing slow holds up.
    fn choose(&self, state: &State, unit: &mut Unit, now: Instant) -> Option<Arc<Link>> {
        let least = self.usable(state, now).min_by_key(|link| link.in_flight())?;
        self.fits(state, unit).then(|| least.clone())
    }

    /// Those that can take a unit now.
    fn usable<'s>(&self, state: &'s State, now: Instant) -> impl Iterator<Item = &'s Arc<Link>> {
        let (slow, window) = (self.slow(), self.options.window);
        state
            .links
            .iter()
            .filter(move |link| !link.is_shut() && link.in_flight() < window && link.head_age(now) < slow)
    }

    /// Whether a unit may go on a connection that is not held up. Nothing is sent behind one that is known to be slow, or
    /// that nobody knows; of the slow ones, some wait, so that connections are left to the others.
    fn fits(&self, state: &State, unit: &mut Unit) -> bool {
        let pace = unit.pace(self.slow() * 2);
        let shut = state.links.iter().filter(|link| link.is_shut()).count();
        let may_shut = shut < self.options.most.saturating_sub(self.options.connections).max(1);
        unit.alone = pace != Pace::Quick && may_shut;
        pace != Pace::Slow || may_shut
    }

    /// Opens one more where those that are there do not suffice, unless one is on its way already.
    fn grow(self: &Arc<Self>, state: &mut State, now: Instant) {
        // What slow ones have to themselves does not count, so that the others always find some.
        let held_up = self.usable(state, now).next().is_none();
        let most = if held_up { self.options.most } else { self.options.connections };
        if state.closed || state.opening > 0 || state.links.len() >= most {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        state.opening += 1;
        let hub = Opening(self.clone());
        runtime.spawn(async move { hub.run().await });
    }

    /// Gives a connection that has room what waits.
    pub(super) fn refill(self: &Arc<Self>, link: &Link) {
        if self.waiting.load(Ordering::Acquire) == 0 || link.is_shut() {
            return;
        }
        let mut state = self.state();
        let mut waiting = std::mem::take(&mut state.waiting);
        let mut passed = VecDeque::new();
        while link.in_flight() < self.options.window && !link.is_shut() {
            let Some(mut unit) = waiting.pop_front() else { break };
            if !unit.ticket.is_queued() {
                continue;
            }
            if !self.fits(&state, &mut unit) {
                passed.push_back(unit);
            } else if let Err(unit) = link.push(unit) {
                passed.push_back(unit);
                break;
            }
        }
        passed.append(&mut waiting);
        state.waiting = passed;
        if !state.waiting.is_empty() {
            self.grow(&mut state, Instant::now());
        }
        self.waiting.store(state.waiting.len(), Ordering::Release);
    }

    /// Forgets a connection that ended; what it had not sent goes elsewhere.
    pub(super) fn bury(self: &Arc<Self>, link: &Link, unsent: VecDeque<Unit>) {
        let mut state = self.state();
        state.links.retain(|one| one.id != link.id);
        if state.closed {
            for unit in unsent {
                unit.ticket.finish(Outcome::Failed(Fault::Closed));
            }
            return;
        }
        if !state.waiting.is_empty() {
            self.grow(&mut state, Instant::now());
        }
        let heirs = state.links.clone();
        drop(state);
        heirs.iter().for_each(|heir| self.refill(heir));
        // Their callers send them anew.
        unsent.into_iter().for_each(|unit| unit.ticket.finish(Outcome::Again));
    }

    /// A caller has given up a unit that was written, on one of the connections.
    pub(super) fn look_for_abandoned(&self) {
        for link in &self.state().links {
            link.abandoned.store(true, Ordering::Release);
            link.waker.wake();
        }
    }

    /// Ends a connection that has answered what makes no sense.
    pub(super) fn distrust(&self, id: u64) {
        for link in self.state().links.iter().filter(|link| link.id == id) {
            link.distrusted.store(true, Ordering::Release);
            link.shut(true);
            link.waker.wake();
        }
    }

    /// Whether there are more connections than load alone asks for.
    pub(super) fn is_spare(&self) -> bool {
        self.state().links.len() > self.options.connections
    }

    /// Gives up waiting: nobody is to send on the connections any more.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        for link in &state.links {
            link.retiring.store(true, Ordering::Release);
            link.waker.wake();
        }
        for unit in std::mem::take(&mut state.waiting) {
            unit.ticket.finish(Outcome::Failed(Fault::Closed));
        }
        self.waiting.store(0, Ordering::Release);
    }

    /// Why a unit that waited got no connection.
    pub(super) fn why_waiting(&self, waited: Duration) -> Error {
        match self.state().last_fault.clone() {
            Some(fault) => Error::Connect { to: self.connect.to(), source: Box::new(fault) },
            None => Error::Busy { waited },
        }
    }

    /// Tells everybody who waits that no connection can be had.
    fn fail_waiting(&self, fault: &Fault) {
        let mut state = self.state();
        let waiting = std::mem::take(&mut state.waiting);
        self.waiting.store(0, Ordering::Release);
        drop(state);
        for unit in waiting {
            unit.ticket.finish(Outcome::Failed(Fault::Connect(Box::new(fault.clone()))));
        }
    }

    fn discard_abandoned(state: &mut State) {
        state.waiting.retain(|unit| unit.ticket.is_queued());
    }
}

/// The making of one connection. However it ends, another may be begun then.
struct Opening(Arc<Hub>);

impl Opening {
    async fn run(self) {
        let hub = &self.0;
        let mut pause = Duration::from_millis(20);
        loop {
            match connect::open(&hub.connect, hub.options.connect_timeout).await {
                Ok(opened) => {
                    let mut state = hub.state();
                    if state.closed {
                        return;
                    }
                    state.last_fault = None;
                    state.next_id += 1;
                    let link = Arc::new(Link::new(state.next_id));
                    state.links.push(link.clone());
                    drop(state);
                    tokio::spawn(Driver::new(hub.clone(), link, opened).run());
                    return;
                }
                Err(fault) => {
                    tracing::warn!(to = hub.connect.to(), %fault, "no shared connection could be opened");
                    let mut state = hub.state();
                    state.last_fault = Some(fault.clone());
                    Hub::discard_abandoned(&mut state);
                    let wanted = !state.waiting.is_empty() && !state.closed;
                    let others = !state.links.is_empty();
                    drop(state);
                    if fault.is_final() && !others {
                        hub.fail_waiting(&fault);
                        return;
                    }
                    if !wanted {
                        return;
                    }
                }
            }
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.opening = state.opening.saturating_sub(1);
        // Several may wait, and only one is opened at a time.
        if !state.waiting.is_empty() {
            self.0.grow(&mut state, Instant::now());
        }
    }
}
