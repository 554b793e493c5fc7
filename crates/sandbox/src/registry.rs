//! Everything of this process that must be ended when a signal ends the process.

use std::sync::{Mutex, PoisonError, Weak};

/// Something that can be ended from any thread, more than once.
pub(crate) trait EndNow: Send + Sync {
    /// Ends it at once and removes what it left.
    fn end_now(&self);
}

static LIVE: Mutex<Vec<Weak<dyn EndNow>>> = Mutex::new(Vec::new());

/// Remembers something alive; values that are gone are forgotten on the way.
pub(crate) fn register(item: Weak<dyn EndNow>) {
    let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    live.retain(|known| known.strong_count() > 0);
    live.push(item);
}

/// Ends every sandbox and drops every scratch database of this process, at once. For the thread that handles SIGINT
/// and SIGTERM, just before the process ends; it may block for a second or two. What is started meanwhile is ended by
/// its watchdog.
pub fn stop_all_now() {
    let live = std::mem::take(&mut *LIVE.lock().unwrap_or_else(PoisonError::into_inner));
    // Newest first: scratch databases before the server they are on.
    for item in live.iter().rev().filter_map(Weak::upgrade) {
        item.end_now();
    }
}
