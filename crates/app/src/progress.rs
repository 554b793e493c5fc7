//! What a use case tells a face while it works.

use std::fmt;

/// Receives what is being done, for showing it to whoever waits. Implementations must be quick: they are called
/// between two statements of a rehearsal.
pub trait Progress: Send + Sync {
    /// A new phase begins; `total` is the number of steps, if it is known.
    fn phase(&self, name: &str, total: Option<u64>);
    /// One step of the phase begins; `what` is what it works on, for people.
    fn step(&self, what: &str);
    /// All is done, well or badly; nothing is shown any more.
    fn done(&self);
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _name: &str, _total: Option<u64>) {}
    fn step(&self, _what: &str) {}
    fn done(&self) {}
}

impl fmt::Debug for dyn Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}
