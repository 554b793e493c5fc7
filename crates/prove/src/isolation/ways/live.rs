//! What a tenant must be able to do with its own rows: policies that deny everything are a fault too.

pub(super) mod delete;
mod denied;
pub(super) mod insert;
pub(super) mod select;
pub(super) mod update;
