//! Past the policies: views, functions, roles, grants, ownership, statistics.

pub(super) mod functions;
pub(super) mod functions_leakproof;
pub(super) mod functions_search_path;
pub(super) mod views;
pub(super) mod views_conditions;
pub(super) mod views_sequences;

pub(super) mod create;
pub(super) mod everybody;
pub(super) mod forced;
pub(super) mod large_objects;
pub(super) mod next_table;
pub(super) mod notify;
pub(super) mod owner;
pub(super) mod policy_function;
pub(super) mod publication;
pub(super) mod references;
pub(super) mod roles;
pub(super) mod server;
pub(super) mod statistics;
pub(super) mod trigger;
