//! A way to ask runs that are under way to stop.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// Shared by whoever asks and the runs that are asked: clones are the same one.
#[derive(Clone)]
pub struct Halt(Arc<watch::Sender<Halting>>);

/// How soon runs are to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Halting {
    /// Nobody has asked.
    No,
    /// When the migration at work is done. Nobody is waited for any longer, and no target is begun.
    AfterThis,
    /// At once: the statement at work is cancelled, and its transaction rolled back.
    Now,
}

impl Default for Halt {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Halting::No)))
    }
}

impl Halt {
    /// Asks to stop when the migration at work is done.
    pub fn after_this(&self) {
        self.raise(Halting::AfterThis);
    }

    /// Asks to stop at once.
    pub fn now(&self) {
        self.raise(Halting::Now);
    }

    /// How soon runs are to stop.
    pub fn halting(&self) -> Halting {
        *self.0.borrow()
    }

    /// True when somebody has asked.
    pub fn asked(&self) -> bool {
        self.halting() > Halting::No
    }

    /// Returns when somebody has asked for this, or for more.
    pub async fn until(&self, at_least: Halting) {
        let mut receiver = self.0.subscribe();
        // The sender lives as long as `self`, so that waiting cannot fail.
        let _ = receiver.wait_for(|halting| *halting >= at_least).await;
    }

    fn raise(&self, to: Halting) {
        self.0.send_if_modified(|halting| {
            let raised = to > *halting;
            *halting = to.max(*halting);
            raised
        });
    }
}

/// The same one, not one in the same state.
impl PartialEq for Halt {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Halt {}

impl fmt::Debug for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Halt").field(&self.halting()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_for_more_wins_over_asking_for_less() {
        let halt = Halt::default();
        let same = halt.clone();
        assert!(!same.asked());
        halt.now();
        halt.after_this();
        assert_eq!(same.halting(), Halting::Now);
        assert_eq!(halt, same);
        assert_ne!(halt, Halt::default());
    }
}
