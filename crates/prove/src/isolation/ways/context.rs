//! The context by which a session takes on a tenant: missing, malformed, reset, left over, changed under a plan.

pub(super) mod after_commit;
pub(super) mod cursor;
pub(super) mod empty;
pub(super) mod left_over;
pub(super) mod malformed;
pub(super) mod nobody;
pub(super) mod none;
pub(super) mod plan;
pub(super) mod reset;
pub(super) mod switched;
