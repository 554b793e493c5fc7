//! Referring to another tenant's rows, and finding out by a constraint that they are there.

pub(super) mod exclusion;
pub(super) mod foreign_key;
mod guess;
mod oracle;
mod predicate;
pub(super) mod unique;
