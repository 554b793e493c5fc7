//! Which locks a statement takes on which relations, as far as its text and the state tell.

use crate::{context::Context, executed::LockTaken};

/// The relation locks of a statement at the moment at which it is reached, the strongest mode for each relation. Those
/// on what the statement itself makes are left out.
pub fn taken(context: &Context<'_>) -> Vec<LockTaken> {
    let _ = context;
    Vec::new()
}
