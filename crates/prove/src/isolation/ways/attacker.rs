//! What whoever can choose the SQL that runs for a tenant can do.

pub(super) mod forge;
