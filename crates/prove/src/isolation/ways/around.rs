//! Past the policies: views, functions, roles, grants, statistics.

pub(super) mod functions;
pub(super) mod functions_leakproof;
pub(super) mod functions_search_path;
pub(super) mod views;
pub(super) mod views_conditions;
pub(super) mod views_sequences;
