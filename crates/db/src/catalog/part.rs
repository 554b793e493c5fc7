//! The parts of relations: one reader for each kind, all on one list.

mod column;
mod constraint;
mod index;
mod policy;
mod rule;
mod statistics;
mod trigger;

use freehold_model::catalog::Relation;

use super::rows::{Bad, Fields};

/// Reads one kind of parts.
pub(super) struct PartReader {
    /// What is read, for error messages.
    pub(super) what: &'static str,
    /// Takes the ids of relations, gives rows that begin with the relation's id, in the order in which they belong
    /// into its list.
    pub(super) sql: &'static str,
    /// Adds what one row says; the relation's id is read already.
    pub(super) add: fn(&mut Relation, Fields<'_>) -> Result<(), Bad>,
    /// Takes the parts of this kind over from what was known of the relation.
    pub(super) keep: fn(&mut Relation, &Relation),
}

/// All of them; their places on the list are the bits of [`super::dirty::Bits`].
pub(super) static PARTS: &[PartReader] = &[
    column::READER,
    constraint::READER,
    index::READER,
    trigger::READER,
    rule::READER,
    policy::READER,
    statistics::READER,
];
