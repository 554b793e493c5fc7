//! Sequences: their parameters, not where they stand.

use super::facts::Facts;
use crate::name::{QualifiedName, display_identifier};

/// The column that a sequence belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceOwner {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: String,
    /// True when it is the column's identity sequence.
    pub identity: bool,
}

/// What a sequence has beyond every relation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequence {
    /// `bigint`, `integer` or `smallint`.
    pub type_name: String,
    /// The first value.
    pub start: i64,
    /// The step.
    pub increment: i64,
    /// The least value.
    pub min: i64,
    /// The greatest value.
    pub max: i64,
    /// How many values a session takes at once.
    pub cache: i64,
    /// True when it begins anew after the last value.
    pub cycle: bool,
    /// The column that it belongs to.
    pub owned_by: Option<SequenceOwner>,
}

impl Sequence {
    pub(super) fn add_facts(&self, facts: Facts) -> Facts {
        let owner = self.owned_by.as_ref().map(|owner| {
            let identity = if owner.identity { " (identity)" } else { "" };
            format!("{}.{}{identity}", owner.table, display_identifier(&owner.column))
        });
        facts
            .text("type", &self.type_name)
            .text("start", self.start.to_string())
            .text("increment", self.increment.to_string())
            .text("minimum", self.min.to_string())
            .text("maximum", self.max.to_string())
            .text("cache", self.cache.to_string())
            .flag("cycle", self.cycle)
            .maybe("owned by", owner.as_deref())
    }
}
