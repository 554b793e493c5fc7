//! The ways that can be tried with rows that are there.

use crate::isolation::way::{Family, Way};

const fn way(id: &'static str, family: Family, title: &'static str) -> Way {
    Way { id, family, title, run: |_, _| Box::pin(async { Ok(Vec::new()) }) }
}

pub(super) static TENANT: Way = way("read-by-tenant", Family::Read, "counting rows by another tenant's key");
pub(super) static KEYS: Way = way("read-by-key", Family::Read, "counting rows by their own keys");
pub(super) static UPDATE: Way = way("write-update", Family::Write, "UPDATE of another tenant's rows");
pub(super) static DELETE: Way = way("write-delete", Family::Write, "DELETE of another tenant's rows");
pub(super) static MOVE: Way = way("write-move", Family::Write, "moving a row to another tenant");
pub(super) static NO_CONTEXT: Way = way("context-none", Family::Context, "reading with no tenant set");
