//! What a pooler carries from one client to the next.

mod line;

pub(super) mod context;
pub(super) mod state;
