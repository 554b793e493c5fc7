//! Past the policies: views, functions, roles, grants, statistics.

pub(super) mod views;
pub(super) mod views_conditions;
pub(super) mod views_sequences;
pub(super) mod views_writes;
